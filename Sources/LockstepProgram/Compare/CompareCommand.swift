import ArgumentParser
import DataParallel
import Foundation

/// `lockstep compare`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Tell in what two runs or checkpoints differ; status 0 if in nothing, 1 if they do.")

  @Argument(help: "A run's output directory, or a checkpoint.")
  var a: String

  @Argument(help: "Another one.")
  var b: String

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    // No other rank has anything to add, nor should one that ends with 1 end the first before it has spoken.
    guard MessageOnce.isFirstRank else { return }
    let comparison = try Comparison(Compared(a), Compared(b))
    if json { print(comparison.json) } else { comparison.lines.forEach { print($0) } }
    if !comparison.isEqual { Foundation.exit(ExitStatus.failure) }
  }
}

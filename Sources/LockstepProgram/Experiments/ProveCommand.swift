import ArgumentParser
import DataParallel
import Foundation
import Mistakes

/// `lockstep prove`.
struct ProveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract:
      "Show on this machine that ranks, threads, buckets and an interruption change no bit of a training.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: ArgumentHelp("The steps of each training.", valueName: "n"))
  var steps = 12

  @Option(help: ArgumentHelp("The largest number of ranks.", valueName: "n"))
  var ranks = 4

  func validate() throws {
    guard (4...1_000_000).contains(steps) else {
      throw ValidationError("--steps \(steps): expected a number of steps from 4 to 1000000")
    }
    guard (2...64).contains(ranks) else {
      throw ValidationError("--ranks \(ranks): expected a number of ranks from 2 to 64")
    }
  }

  func run() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-prove-\(getpid())")
    defer { try? FileManager.default.removeItem(at: directory) }
    let proof = Proof(
      configuration: config, changes: changes.set, steps: steps, mostRanks: ranks,
      directory: directory.path)
    if try !proof.run(tell: { try StandardStream.output.write($0) }) { Foundation.exit(ExitStatus.failure) }
  }
}

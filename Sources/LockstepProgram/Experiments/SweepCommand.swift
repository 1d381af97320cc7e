import ArgumentParser
import Foundation
import Mistakes

/// `lockstep sweep`.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train a configuration and changes of it on the same seeds, and compare them seed by seed.")

  @Argument(help: "The configuration, a YAML file: the base.")
  var config: String

  @OptionGroup var changes: ConfigurationChanges

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "An arm: the base with this change, or several with a semicolon between them; may be repeated.",
      valueName: "key=value"))
  var against: [String] = []

  @Option(help: ArgumentHelp("How many seeds, from the configuration's on.", valueName: "n"))
  var seeds = 5

  @Option(help: ArgumentHelp("The ranks of each training.", valueName: "n"))
  var ranks = 1

  @Option(help: ArgumentHelp("How many trainings run at once.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("Open MPI's host file.", valueName: "file"))
  var hostfile: String?

  @Option(
    help:
      "The directory of the sweep (default: runs/sweep-CONFIG). What was trained there with the same program is not trained again."
  )
  var output: String?

  func validate() throws {
    for (name, value) in [("--seeds", seeds), ("--ranks", ranks), ("--jobs", jobs)]
    where !(1...10_000).contains(value) {
      throw ValidationError("\(name) \(value): expected a number from 1 to 10000")
    }
    if against.isEmpty {
      throw ValidationError("--against: expected a change to compare the configuration with, KEY=VALUE")
    }
    if let repeated = against.firstRepeated {
      // Two arms of one name would be one directory; the control of a sweep is the base by another way of saying it.
      throw ValidationError("--against \(repeated): stands there twice")
    }
  }

  func run() throws {
    let name = URL(fileURLWithPath: config).deletingPathExtension().lastPathComponent
    let sweep = try Sweep(
      configuration: config, changes: changes.set, against: against, seedCount: seeds, ranks: ranks,
      hostFile: hostfile, directory: output ?? "runs/sweep-\(name)")
    try sweep.run(jobs: jobs) { try StandardStream.output.write($0) }
  }
}

extension [String] {
  /// The first element that stood there before; nil if all differ.
  fileprivate var firstRepeated: String? {
    var seen: Set<String> = []
    return first { !seen.insert($0).inserted }
  }
}

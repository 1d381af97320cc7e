import ArgumentParser
import Foundation
import Mistakes

/// `lockstep scaling`.
struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract:
      "Measure how training scales with the ranks; all points of strong scaling must end with one digest.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: ArgumentHelp("The numbers of ranks.", valueName: "n,n,…"))
  var ranks = "1,2,4"

  @Option(help: ArgumentHelp("The threads of a rank; several are points of their own.", valueName: "n,n,…"))
  var threads = "1"

  @Flag(
    help:
      "Weak scaling: the batch and its microshards grow with the ranks, so that each rank keeps its share.")
  var weak = false

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp("How often each point is measured, in turn.", valueName: "n"))
  var rounds = 3

  @Option(help: ArgumentHelp("The steps that are timed, after three that are not.", valueName: "n"))
  var steps = 20

  @Option(help: ArgumentHelp("Open MPI's host file.", valueName: "file"))
  var hostfile: String?

  @Option(help: "The directory of the experiment (default: runs/scaling-CONFIG-DATE-TIME).")
  var output: String?

  private static func numbers(_ text: String, _ option: String) throws -> [Int] {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard !numbers.isEmpty, numbers.allSatisfy({ $0.map((1...4096).contains) ?? false }),
      Set(numbers).count == numbers.count
    else {
      throw ValidationError("\(option) \(text): expected different numbers from 1 to 4096, such as 1,2,4")
    }
    return numbers.compactMap(\.self).sorted()
  }

  func validate() throws {
    _ = try (Self.numbers(ranks, "--ranks"), Self.numbers(threads, "--threads"))
    guard (1...1_000).contains(rounds) else {
      throw ValidationError("--repeat \(rounds): expected a number from 1 to 1000")
    }
    guard (1...1_000_000).contains(steps) else {
      throw ValidationError("--steps \(steps): expected a number of steps from 1 to 1000000")
    }
  }

  func run() throws {
    let directory =
      try output
      ?? OutputDirectory.new(
        OutputDirectory.proposed(
          configuration: "scaling-\(URL(fileURLWithPath: config).lastPathComponent)", now: Date())
      ).path
    let experiment = try ScalingExperiment(
      configuration: config, changes: changes.set, ranks: try Self.numbers(ranks, "--ranks"),
      threads: try Self.numbers(threads, "--threads"), isWeak: weak, rounds: rounds, steps: steps,
      hostFile: hostfile, directory: directory)
    let table = try experiment.run { try StandardStream.output.write($0) }
    if let flaw = table.flaw {
      throw TrainingJobFailure(description: flaw)
    }
  }
}

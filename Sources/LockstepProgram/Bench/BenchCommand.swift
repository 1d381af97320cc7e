import ArgumentParser
import DataParallel

/// `lockstep bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure training steps and all-reduce.",
    subcommands: [AllReduce.self, Step.self])

  /// `lockstep bench step`.
  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "step", abstract: "Time training steps of a configuration on fixed random images.")

    @Argument(help: "The configuration, a YAML file; its data set is not read.")
    var config: String

    @OptionGroup var changes: ConfigurationChanges

    @Option(
      parsing: .singleValue,
      help: ArgumentHelp(
        "A change to compare with: its steps alternate with those of the configuration; may be repeated.",
        valueName: "key=value"))
    var against: [String] = []

    @Option(help: ArgumentHelp("Time K steps.", valueName: "k"))
    var steps = 10

    @Option(help: "Write one JSON object to this file.")
    var json: String?

    func run() throws {
      try withRanks { ranks in
        try StepBenchmark.run(
          StepBenchmark.Options(
            configurationPath: config, overrides: changes.set, alternatives: against, stepCount: steps,
            jsonPath: json, counter: .current),
          ranks: ranks)
      }
    }
  }

  /// `lockstep bench allreduce`.
  struct AllReduce: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "allreduce",
      abstract: "Time the exact all-reduce, MPI_Allreduce, and a copy of the same bytes.")

    @Option(
      parsing: .singleValue,
      help: ArgumentHelp(
        "All-reduce N floats; may be repeated (default: several counts up to 11178378).", valueName: "n"))
    var count: [Int] = []

    @Option(help: "Write a line of JSON for each count to this file.")
    var json: String?

    func run() throws {
      try withRanks { ranks in
        try AllReduceBenchmark.run(
          AllReduceBenchmark.Options(
            counts: count.isEmpty ? AllReduceBenchmark.Options.standardCounts : count, jsonPath: json),
          ranks: ranks)
      }
    }
  }
}

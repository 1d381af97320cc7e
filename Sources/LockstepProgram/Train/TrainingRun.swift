import DataParallel
import Datasets
import Execution
import Foundation
import MPI
import Mistakes
import NeuralNetworks
import Records
import Reports
import Training

/// A training run of the command line: from a configuration to an output directory.
enum TrainingRun {
  /// What the command line says.
  struct Options: Sendable {
    /// The configuration's file.
    var configurationPath: String
    /// Changes of the configuration, each `KEY=VALUE`.
    var overrides: [String]
    /// The output directory; nil for a new one below `runs`.
    var output: String?
    /// Whether another run in the output directory may be replaced.
    var overwrites: Bool
    /// After how many steps to stop at the latest, ≥ 1.
    var maxSteps: Int?
    /// The command line as it was typed, for the manifest.
    var arguments: [String]

    /// What must be the same on all ranks beside the configuration.
    fileprivate var entries: StartCheck.Entries {
      [
        ("--output", "\(output.map(JSON.text) ?? .null)"), ("--overwrite", "\(overwrites)"),
        ("--max-steps", "\(maxSteps.map(JSON.integer) ?? .null)"),
      ]
    }
  }

  /// Trains as the options say.
  ///
  /// Every rank must call this, with the same options.
  static func train(_ options: Options, ranks: MPIRanks) throws {
    let source = options.configurationPath
    let configuration = try ranks.agree {
      let configuration = try Configuration.load(path: source, overrides: options.overrides)
      try configuration.recipe.check(source: source, ranks: ranks.count)
      return configuration
    }
    let check = StartCheck(ranks)
    try check.requireEqual(options: options.entries)
    try check.requireEqual(experiment: configuration.experimentRecord, source: source)
    try check.requireEqualProgram()
    try MemoryCheck(ranks).require(
      key: "\(source): data", purpose: "the data set", remedy: "take fewer samples, or fewer ranks a host"
    ) { _ in configuration.data.dataset.byteCount }
    let experiment = try ranks.agree {
      try mistakes(in: source) {
        let experiment = try configuration.experiment()
        // Here a model that does not fit is told with its line.
        let graph = try configuration.graph(input: Shape(experiment.trainingData.shape))
        try configuration.check(experiment.trainingData, outputs: graph.outputShape.count)
        _ = try experiment.checkedGraph(ranks: ranks.count)
        return experiment
      }
    }
    let proposed = OutputDirectory.proposed(configuration: source, now: Date())
    let output = OutputDirectory(path: try options.output ?? ranks.broadcast(proposed))
    let trainer = try Trainer(
      experiment, on: configuration.machine, ranks: ranks,
      checkpoints: CheckpointDirectory(path: output.checkpointsPath))
    trainer.observers = try ranks.agree {
      guard ranks.isCoordinator else { return [] }
      try output.prepare(overwrites: options.overwrites)
      return [
        ConsoleObserver(
          outputPath: output.path, metricsPath: output.metricsPath,
          logEverySteps: configuration.machine.logEverySteps),
        try MetricsObserver(path: output.metricsPath),
      ]
    }
    let manifest = Manifest(
      configuration: configuration.json, seed: configuration.recipe.seed, hosts: try ranks.hosts(),
      details: details(of: configuration, trainer), arguments: options.arguments, began: Date(),
      mpiVersion: try MPIEnvironment.libraryVersion)
    try ranks.alone { if ranks.isCoordinator { try manifest.write(to: output.manifestPath) } }
    try trainer.run(maxSteps: options.maxSteps)
  }

  private static func details(
    of configuration: Configuration, _ trainer: Trainer
  ) -> [(key: String, value: JSON)] {
    let executor = trainer.replica.executor
    return [
      ("threads_per_rank", .integer(configuration.machine.threads)),
      ("microshards", .integer(configuration.recipe.batch.microshards)),
      ("parameters", .integer(executor.graph.parameterCount)),
      (
        "data_fingerprint",
        .object(trainer.fingerprints.map { ($0.split, .text(String($0.fingerprint, radix: 16))) })
      ),
      ("convolutions", .object(executor.algorithms.map { ($0.layer, .text($0.algorithm)) })),
    ]
  }
}

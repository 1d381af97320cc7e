import DataParallel
import Datasets
import Execution
import Mistakes
import NeuralNetworks
import Safetensors
import Training

/// A checkpoint with its configuration and a split of its data set, read by all ranks and the same on all of them.
struct OpenedCheckpoint {
  /// The samples of the split, without random changes.
  let samples: any SampleSource
  private let file: CheckpointFile
  private let graph: Graph
  private let ranks: MPIRanks

  /// The model file.
  var path: String { file.path }
  /// The configuration, from the file or from another one, overrides included.
  var configuration: Configuration { file.configuration }
  /// Which of the run's weights are taken; nil for a run that keeps no average of them.
  var weights: EvaluatedWeights? { file.weights }

  /// Reads a checkpoint, its configuration and its data.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - path: the checkpoint; a run's directory or its `latest` stands for the newest.
  ///   - configurationPath: a configuration for files that tell none, such as those of PyTorch.
  ///   - overrides: changes of the configuration, each `KEY=VALUE`.
  ///   - weights: which of the run's weights to take; nil for their average, if one was kept.
  ///   - options: what must be the same on all ranks beside the configuration.
  ///   - check: further demands on the configuration; it is given the file that the configuration comes from.
  /// - Throws: a `UserError` or `MistakeElsewhere`.
  init(
    path given: String, configurationPath: String?, overrides: [String], split: EvaluatedSplit,
    weights: EvaluatedWeights? = nil,
    options: StartCheck.Entries, ranks: MPIRanks,
    check: (Configuration, _ source: String) throws -> Void = { _, _ in }
  ) throws {
    let file = try ranks.agree {
      let file = try CheckpointFile(
        path: given, configurationPath: configurationPath, overrides: overrides, weights: weights)
      try file.configuration.recipe.check(source: file.source, ranks: ranks.count)
      try check(file.configuration, file.source)
      return file
    }
    let configuration = file.configuration
    let start = StartCheck(ranks)
    try start.requireEqual(options: options)
    try start.requireEqual(experiment: configuration.experimentRecord, source: file.source)
    try start.requireEqualProgram()
    let (samples, graph) = try ranks.agree {
      try mistakes(in: file.source) {
        let samples = try configuration.samples(split)
        let graph = try configuration.graph(input: Shape(samples.shape))
        try configuration.check(samples, outputs: graph.outputShape.count)
        return (samples, graph)
      }
    }
    try start.requireEqual(
      fingerprints: [(split.rawValue, samples.fingerprint)], source: configuration.data.source)
    (self.file, self.samples, self.graph, self.ranks) = (file, samples, graph, ranks)
  }

  /// A replica with the parameters and running statistics of the checkpoint.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters: as those of `Replica.init`.
  /// - Throws: `UserMistake` or `MistakeElsewhere` if the tensors are not the model's, or not the same on all ranks;
  ///   `CommonFailure` if they hold what no training leaves behind, such as a number that is not finite.
  func replica(trains: Bool, statistics: BatchStatistics? = nil) throws -> Replica {
    var recipe = configuration.recipe
    if trains {
      recipe.loss.classWeights = recipe.loss.classWeights.resolved(
        by: samples, outputs: graph.outputShape.count)
    }
    let replica = try Replica(
      graph, recipe, on: configuration.machine, ranks: ranks, trains: trains,
      statistics: statistics)
    try file.load(into: replica)
    let difference = try replica.difference()
    try ranks.agree {
      if let difference { throw UserMistake("\(path): \(difference); all ranks need the same checkpoint") }
    }
    return replica
  }
}

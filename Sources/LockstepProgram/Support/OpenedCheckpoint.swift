import DataParallel
import Datasets
import Execution
import Mistakes
import NeuralNetworks
import Safetensors
import Training

/// A checkpoint with its configuration and a split of its data set, read by all ranks and the same on all of them.
struct OpenedCheckpoint {
  /// The model file.
  let path: String
  /// The configuration, from the file or from another one, overrides included.
  let configuration: Configuration
  /// The samples of the split, without random changes.
  let samples: any SampleSource
  /// Which of the run's weights are taken; nil for a run that keeps no average of them.
  let weights: EvaluatedWeights?
  private let file: TensorFile
  /// The average of the weights, where that is taken.
  private let average: [StateTensor]?
  private let graph: Graph
  private let ranks: MPIRanks

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
    let (path, file, configuration, average) = try ranks.agree {
      let path = try CheckpointPath.resolve(given)
      let file = try Checkpoint.readFile(path)
      let configuration =
        if let configurationPath {
          try Configuration.load(path: configurationPath, overrides: overrides)
        } else {
          try Configuration.ofCheckpoint(file, path: path, overrides: overrides)
        }
      let source = configurationPath ?? path
      try configuration.recipe.check(source: source, ranks: ranks.count)
      try check(configuration, source)
      let keepsAverage = configuration.recipe.average != nil
      guard keepsAverage || weights != .average else {
        throw UserMistake(
          "--weights average: \(source) keeps no average of the weights (optimizer.ema)")
      }
      let average =
        keepsAverage && weights != .trained ? try Checkpoint(contentsOf: path).averagedModel() : nil
      return (path, file, configuration, average)
    }
    let start = StartCheck(ranks)
    try start.requireEqual(options: options)
    try start.requireEqual(experiment: configuration.experimentRecord, source: configurationPath ?? path)
    try start.requireEqualProgram()
    let (samples, graph) = try ranks.agree {
      try mistakes(in: configurationPath ?? path) {
        let samples = try configuration.samples(split)
        let graph = try configuration.graph(input: Shape(samples.shape))
        try configuration.check(samples, outputs: graph.outputShape.count)
        return (samples, graph)
      }
    }
    try start.requireEqual(
      fingerprints: [(split.rawValue, samples.fingerprint)], source: configuration.data.source)
    self.average = average
    self.weights =
      configuration.recipe.average == nil ? nil : average == nil ? .trained : .average
    (self.path, self.configuration, self.samples, self.file, self.graph, self.ranks) = (
      path, configuration, samples, file, graph, ranks
    )
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
    try ranks.agree {
      do {
        try replica.executor.load(try average ?? file.stateTensors(for: replica.executor.state()))
      } catch let error as StateError {
        throw UserMistake("\(path): \(error)")
      }
    }
    try ranks.fail(together: file.implausibility)
    let difference = try replica.difference()
    try ranks.agree {
      if let difference { throw UserMistake("\(path): \(difference); all ranks need the same checkpoint") }
    }
    return replica
  }
}

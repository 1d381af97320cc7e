import Execution
import Mistakes
import Safetensors
import Training

/// A checkpoint with its configuration, whatever its model is applied to.
struct CheckpointFile {
  /// The model file.
  let path: String
  /// The configuration, from the file or from another one, overrides included.
  let configuration: Configuration
  /// The file that the configuration comes from, for messages.
  let source: String
  /// Which of the run's weights are taken; nil for a run that keeps no average of them.
  let weights: EvaluatedWeights?
  /// What the model takes and answers; nil if the file does not tell.
  var signature: ModelSignature? { Checkpoint(model: file).signature }
  private let file: TensorFile
  /// The average of the weights, where that is taken.
  private let average: [StateTensor]?

  /// Reads a checkpoint and its configuration.
  ///
  /// - Parameters:
  ///   - path: the checkpoint; a run's directory or its `latest` stands for the newest.
  ///   - configurationPath: a configuration for files that tell none, such as those of PyTorch.
  ///   - overrides: changes of the configuration, each `KEY=VALUE`.
  ///   - weights: which of the run's weights to take; nil for their average, if one was kept.
  /// - Throws: a `UserError`.
  init(
    path given: String, configurationPath: String?, overrides: [String], weights wanted: EvaluatedWeights?
  ) throws {
    path = try CheckpointPath.resolve(given)
    file = try Checkpoint.readFile(path)
    configuration =
      if let configurationPath {
        try Configuration.load(path: configurationPath, overrides: overrides)
      } else {
        try Configuration.ofCheckpoint(file, path: path, overrides: overrides)
      }
    source = configurationPath ?? path
    guard configuration.recipe.average != nil else {
      guard wanted != .average else {
        throw UserMistake("--weights average: \(source) keeps no average of the weights (optimizer.ema)")
      }
      (weights, average) = (nil, nil)
      return
    }
    weights = wanted ?? .average
    average = weights == .average ? try Checkpoint(contentsOf: path).averagedModel() : nil
  }

  /// Gives a replica the parameters and running statistics.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere` if the tensors are not the model's; `CommonFailure` if they hold what no
  ///   training leaves behind, such as a number that is not finite.
  func load(into replica: Replica) throws {
    let ranks = replica.ranks
    try ranks.agree {
      do {
        try replica.executor.load(average ?? file.stateTensors(for: replica.executor.state()))
      } catch let error as StateError {
        throw UserMistake("\(path): \(error)")
      }
    }
    try ranks.fail(together: file.implausibility)
  }
}

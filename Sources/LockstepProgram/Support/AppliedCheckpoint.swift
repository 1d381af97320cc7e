import Datasets
import Execution
import Mistakes
import NeuralNetworks
import Safetensors
import Training

/// A checkpoint whose model is applied to other data than it was trained with: without these.
struct AppliedCheckpoint {
  /// The model file.
  let path: String
  /// The configuration, from the file or from another one, overrides included.
  let configuration: Configuration
  /// What the model takes and answers.
  let signature: ModelSignature
  /// The model, ending in its loss.
  let graph: Graph
  private let file: TensorFile

  /// Reads a checkpoint; its data only if it does not tell what the model takes, as those of PyTorch.
  ///
  /// - Parameters:
  ///   - path: the checkpoint; a run's directory or its `latest` stands for the newest.
  ///   - configurationPath: a configuration for files that tell none, such as those of PyTorch.
  ///   - overrides: changes of the configuration, each `KEY=VALUE`.
  /// - Throws: a `UserError`.
  init(path given: String, configurationPath: String?, overrides: [String]) throws {
    path = try CheckpointPath.resolve(given)
    file = try Checkpoint.readFile(path)
    configuration =
      if let configurationPath {
        try Configuration.load(path: configurationPath, overrides: overrides)
      } else {
        try Configuration.ofCheckpoint(file, path: path, overrides: overrides)
      }
    let (configuration, file) = (configuration, file)
    (signature, graph) = try mistakes(in: configurationPath ?? path) {
      let signature =
        try Checkpoint(model: file).signature
        ?? ModelSignature(of: configuration.data.dataset.source(.test, false))
      return (signature, try configuration.graph(input: Shape(signature.inputShape)))
    }
  }

  /// A replica with the parameters and running statistics of the checkpoint.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere` if the tensors are not the model's; `CommonFailure` if they hold what no
  ///   training leaves behind, such as a number that is not finite.
  func replica(ranks: any Ranks) throws -> Replica {
    let replica = try Replica(
      graph, configuration.recipe, on: configuration.machine, ranks: ranks, trains: false)
    try replica.load(file, path: path)
    return replica
  }

  /// By path, the elements of the model's parameters and running statistics, row-major in PyTorch's order.
  ///
  /// - Throws: as `replica`.
  func values() throws -> [String: [Float]] {
    var values: [String: [Float]] = [:]
    for tensor in try replica(ranks: SingleRank()).executor.state() {
      if case .floats(let elements) = tensor.elements { values[tensor.name] = elements }
    }
    return values
  }
}

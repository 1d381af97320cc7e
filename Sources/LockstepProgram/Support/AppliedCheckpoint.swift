import Execution
import NeuralNetworks
import Training

/// A checkpoint whose model is applied to other data than it was trained with: without these.
struct AppliedCheckpoint {
  /// The checkpoint with its configuration.
  let file: CheckpointFile
  /// What the model takes and answers.
  let signature: ModelSignature
  /// The model, ending in its loss.
  let graph: Graph

  /// The configuration.
  var configuration: Configuration { file.configuration }

  /// Builds the model; reads its data only if the checkpoint does not tell what it takes, as those of PyTorch.
  ///
  /// - Throws: a `UserError`.
  init(_ file: CheckpointFile) throws {
    self.file = file
    (signature, graph) = try mistakes(in: file.source) {
      let signature = try file.signature ?? ModelSignature(of: file.configuration.samples(.test))
      return (signature, try file.configuration.graph(input: Shape(signature.inputShape)))
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
    try file.load(into: replica)
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

import Execution
import Mistakes
public import Safetensors

extension Trainer {
  /// Begins the run with weights that were trained before: all of the model's, but for what is to be reset.
  ///
  /// The model's own initialization stays where `experiment.recipe.fineTuning.reset` says so. Every rank must call this before
  /// the first step, with the same file.
  ///
  /// - Parameter file: parameters and buffers under PyTorch's names, of the digest in `fineTuning.initialWeights`.
  /// - Returns: what was loaded, and what was not.
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the file is another one or does not fit; nothing is
  ///   changed then.
  @discardableResult
  public func begin(with file: TensorFile) throws -> InitialWeights {
    let weights = try ranks.agree { try fit(file) }
    try begin(weights)
    return weights
  }

  /// Begins the run with weights that the coordinator has, on all ranks, whose hosts need not reach the file.
  ///
  /// Every rank must call this before the first step.
  ///
  /// - Parameter file: the coordinator's; what other ranks pass is ignored.
  /// - Throws: as ``begin(with:)``.
  package func begin(fromCoordinator file: TensorFile?) throws {
    let own = try ranks.agreeOnCoordinator { try file.map(fit) }
    let fresh = try state()
    let filled = own.flatMap(\.self).map {
      TrainingState(position: position, model: $0.tensors, slots: fresh.slots)
    }
    try restore(try TrainingState.broadcast(filled, like: fresh, among: ranks))
    replica.executor.resetAverages()
    initialWeights = own.flatMap(\.self)
  }

  private func begin(_ weights: InitialWeights) throws {
    try replica.executor.load(weights.tensors)
    replica.executor.resetAverages()
    initialWeights = weights
  }

  private func fit(_ file: TensorFile) throws -> InitialWeights {
    require(position.step == 0, "given initial weights after \(position.step) steps")
    let tuning = experiment.recipe.fineTuning
    let weights = try InitialWeights(file, fresh: try replica.executor.state(), resets: tuning.reset)
    guard weights.digest == tuning.initialWeights else {
      throw UserMistake(
        "\(weights.path ?? "the initial weights"): has the digest \(weights.digest), but model.initial_weights is "
          + (tuning.initialWeights ?? "left out"))
    }
    return weights
  }
}

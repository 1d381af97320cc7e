import Execution
import Mistakes
import Safetensors

extension Trainer {
  /// The state of the run, the same on every rank.
  ///
  /// - Throws: a failure of the kernel library.
  public func state() throws -> TrainingState {
    TrainingState(
      position: position, model: try replica.executor.state(), slots: try replica.executor.slotTensors())
  }

  /// Takes over a checkpoint; the run then goes on as if it had never been interrupted.
  ///
  /// Every rank must call this, with the same checkpoint.
  ///
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the checkpoint is of another experiment or damaged;
  ///   nothing is changed then.
  public func restore(_ checkpoint: Checkpoint) throws {
    try ranks.agree {
      try checkpoint.requireExperiment(experiment, record: record, fingerprints: fingerprints)
      let state = try checkpoint.state()
      try mistakes(in: checkpoint) { try restore(state) }
      checkpointPath = checkpoint.model.path
      if let digest = checkpoint.initialWeights { try adopt(initialWeights: digest) }
    }
  }

  /// Takes over a checkpoint that the coordinator has, on all ranks, whose hosts need not reach its files.
  ///
  /// Every rank must call this.
  ///
  /// - Parameter checkpoint: the coordinator's; what other ranks pass is ignored.
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the checkpoint is of another experiment or damaged;
  ///   `CommonFailure` if it holds what no training leaves behind, such as a number that is not finite; nothing is changed then.
  package func restore(fromCoordinator checkpoint: Checkpoint?) throws {
    try ranks.fail(together: ranks.isCoordinator ? checkpoint?.implausibility : nil)
    let before = try state()
    let own = try ranks.agree { () throws -> TrainingState? in
      guard ranks.isCoordinator, let checkpoint else { return nil }
      try checkpoint.requireExperiment(experiment, record: record, fingerprints: fingerprints)
      let state = try checkpoint.state()
      try mistakes(in: checkpoint) { try restore(state) }
      warnings += checkpoint.differencesOfKernels(from: replica.executor.algorithms)
      return state
    }
    let state = try TrainingState.broadcast(own, like: before, among: ranks)
    try restore(state)
    checkpointPath = checkpoint?.model.path
    initialWeights = nil
    let digest = try ranks.broadcast(checkpoint?.initialWeights ?? "")
    if !digest.isEmpty { try adopt(initialWeights: digest) }
  }

  private func mistakes(in checkpoint: Checkpoint, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as StateError {
      throw UserMistake("\(checkpoint.model.path ?? "the checkpoint"): \(error)")
    }
  }

  /// Takes over a state of the same experiment; the run then goes on as if it had never been interrupted.
  ///
  /// Every rank must call this, with the same state.
  ///
  /// - Throws: `StateError` if a tensor is missing, superfluous or of another shape, or the position is not one of this
  ///   experiment; nothing is changed then.
  public func restore(_ state: TrainingState) throws {
    let position = state.position
    guard (0...batches.count).contains(position.batch), position.epoch >= 0,
      position.step == position.epoch * batches.count + position.batch
    else {
      throw StateError(
        description:
          "step \(position.step) is not batch \(position.batch) of epoch \(position.epoch + 1) with \(batches.count) batches an "
          + "epoch")
    }
    let model = try replica.executor.state()
    try replica.executor.load(state.model)
    do {
      try replica.executor.loadSlots(state.slots)
    } catch {
      try replica.executor.load(model)
      throw error
    }
    self.position = position
    order = nil
    (checkpointStep, nonFiniteState) = (nil, nil)
  }

  /// SHA-256 over names, shapes and bytes of all parameters and buffers, 64 hexadecimal digits.
  ///
  /// - Throws: a failure of the kernel library.
  public func digest() throws -> String {
    Tensor.digest(of: try replica.executor.state().map { ($0.name, Tensor($0)) })
  }
}

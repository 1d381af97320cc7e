import Execution

extension Trainer {
  /// Whether a checkpoint is due after the latest step, or after the epoch that it completes; the same on all ranks.
  func isCheckpointDue(_ requests: StepRequests) -> Bool {
    let policy = machine.checkpoints
    guard checkpoints != nil else { return false }
    if requests.contains(.checkpoint) { return true }
    if let steps = policy.everySteps, position.step.isMultiple(of: steps) { return true }
    guard let epochs = policy.everyEpochs, position.batch == batches.count else { return false }
    return position.epoch + 1 == experiment.recipe.epochs || (position.epoch + 1).isMultiple(of: epochs)
  }

  /// Compares the replicas; then the coordinator copies the state, which every rank has, and begins to write it.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `CommonFailure` on all ranks if their replicas differ, or hold a number that is not finite.
  func writeCheckpoint() throws {
    let began = ContinuousClock.now
    try emit(.working(TrainingEvent.Work(.checkpointing)))
    ranks.enter(.checkpointing(step: position.step))
    try replica.requireEqualReplicas(after: position.step)
    try requireFiniteState()
    (checkpointStep, checkpointed) = (position.step, began)
    guard checkpoints != nil, ranks.isCoordinator else {
      faults?.meet(.checkpoint, step: position.step)
      return
    }
    try noteWrittenCheckpoint(waits: true)
    let state = try state()
    let (experiment, record, fingerprints) = (experiment, record, fingerprints)
    let signature = ModelSignature(of: experiment.trainingData)
    let algorithms = replica.executor.algorithms
    let event = TrainingEvent.CheckpointFile(
      step: position.step, epoch: position.epoch, path: "", stateHash: replica.executor.stateHash(),
      waitingSeconds: (ContinuousClock.now - began) / .seconds(1), writingBegan: began, writingSeconds: 0)
    writer?.begin(event) {
      Checkpoint(
        state, of: experiment, record: record, signature: signature, fingerprints: fingerprints,
        algorithms: algorithms)
    }
  }

  /// Tells the observers of a checkpoint that lies on the disk by now, on the coordinator.
  ///
  /// - Parameter waits: whether to wait for one that is still being written.
  func noteWrittenCheckpoint(waits: Bool) throws {
    guard let written = try waits ? writer?.finish() : writer?.poll() else { return }
    checkpointPath = written.path
    try emit(.checkpointed(written))
  }
}

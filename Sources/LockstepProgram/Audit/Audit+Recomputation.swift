import DataParallel
import Datasets
import Execution
import Reports
import Training

extension Audit {
  /// The seconds from one line of progress to the next.
  private static let secondsOfProgress = 5.0

  /// Goes on from the trainer's position to a step, and compares all on the way.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - comparison: the coordinator's; nil on the others.
  ///   - console: the coordinator's; a quiet one on the others.
  /// - Throws: `CommonFailure` on all ranks with the first thing that differs.
  static func recompute(
    _ trainer: Trainer, to last: Int, _ comparison: AuditComparison?, _ console: Console
  ) throws {
    let (ranks, first) = (trainer.ranks, trainer.position.step)
    let stepsPerEpoch = Batches(
      sampleCount: trainer.experiment.trainingData.count, batchSize: trainer.experiment.recipe.batch.size
    ).count
    try console.print(
      "recomputing from \(first == 0 ? "the initialization" : "the checkpoint of step \(first)") to step \(last) on "
        + counted(ranks.count, "rank"))
    trainer.observers = comparison.map { [$0] } ?? []
    if first > 0 {
      comparison?.compareState(step: first, called: "the checkpoint has") {
        trainer.replica.executor.stateHash()
      }
    } else {
      try comparison?.compareCheckpoint(trainer, before: trainer.position)
    }
    try ranks.fail(together: comparison?.difference)
    if trainer.position.batch == stepsPerEpoch { try completeEpoch(trainer, comparison) }
    var told = ContinuousClock.now
    while trainer.position.step < last {
      let step = try trainer.takeStep()
      comparison?.observe(.step(step))
      comparison?.compareState(step: step.step) {
        step.stateHash ?? trainer.replica.executor.stateHash()
      }
      let before = trainer.position
      if step.isLastOfEpoch { try completeEpoch(trainer, comparison) }
      try comparison?.compareCheckpoint(trainer, before: before)
      try ranks.fail(together: comparison?.difference)
      let done = step.step
      try console.show {
        ProgressBar.text("recomputing step \(done)/\(last)", done - first, of: last - first, columns: $0)
      }
      if case .terminal = console.style { continue }
      if (ContinuousClock.now - told) / .seconds(1) >= secondsOfProgress {
        told = .now
        try console.print("step \(step.step) of \(last): the same so far")
      }
    }
    try comparison?.compareEnd(trainer)
    try ranks.fail(together: comparison?.difference)
  }

  private static func completeEpoch(_ trainer: Trainer, _ comparison: AuditComparison?) throws {
    let isTold = comparison?.tellsEndOfEpoch(trainer.position.step) == true
    if try trainer.ranks.broadcast(isTold ? "told" : "") != "" { try trainer.endEpoch(seconds: 0) }
  }
}

extension Executor {
  /// The sums over the batch in the order in which a training step, then an evaluation, starts them.
  package var sumsInOrder: [BatchSum] {
    [trainingSchedule, evaluationSchedule].flatMap { schedule in
      schedule.steps.compactMap { step in
        if case .start(let sum) = step { schedule.sums[sum] } else { nil }
      }
    }
  }
}

extension Executor {
  /// The sums over the batch in the order in which a training step, then an evaluation, starts them.
  package var sumsInOrder: [BatchSum] {
    [trainingOrder, evaluationOrder].flatMap { order in
      order.steps.compactMap { step in
        if case .start(let sum) = step { order.sums[sum] } else { nil }
      }
    }
  }
}

package import Datasets
package import Execution
import Mistakes

/// The mean loss over fixed samples and its gradient, at any parameters of an executor's model.
///
/// The samples are cut into batches; what an executor gives for each is added up in `Double`, in the order of the
/// batches, by their shares of the samples. Executors whose sums have equal bits give equal bits here.
package struct LossGradient {
  /// What computes a batch.
  package let executor: Executor
  /// The batches of the samples; each fits the executor.
  package let batches: Batches
  private let checksReplicas: Bool
  private let prepare: (Range<Int>) -> Void
  private let fill: (Int, SampleMemory) -> Void

  /// Makes the mean loss over the samples of some batches.
  ///
  /// - Parameters:
  ///   - checksReplicas: whether each batch checks that all ranks have the same parameters.
  ///   - prepare: is called before each batch, such as to weigh its samples.
  ///   - fill: writes the sample at a position among all; called for this rank's positions, from several threads.
  package init(
    _ executor: Executor, batches: Batches, checksReplicas: Bool = false,
    prepare: @escaping (Range<Int>) -> Void = { _ in },
    fill: @escaping (Int, SampleMemory) -> Void
  ) {
    require(batches.sampleCount >= 1, "a mean needs at least 1 sample")
    self.executor = executor
    self.batches = batches
    self.checksReplicas = checksReplicas
    self.prepare = prepare
    self.fill = fill
  }

  /// The mean loss and its gradient; the executor keeps the parameters.
  ///
  /// Every rank must call this.
  ///
  /// - Parameter parameters: as many as the model has, in the order of `Executor.parameterVector()`.
  /// - Throws: what the reduction throws; `ReplicaCheckFailure` on all ranks.
  package func callAsFunction(at parameters: [Float]) throws -> (loss: Double, gradient: [Double]) {
    try executor.setParameters(parameters)
    var loss = 0.0
    var gradient = [Double](repeating: 0, count: parameters.count)
    try forEachBatch { count, share, fill in
      let metrics = try executor.forwardBackward(samples: count, checksReplicas: checksReplicas, fill: fill)
      loss += share * metrics.loss
      for (index, element) in try executor.gradientVector().enumerated() {
        gradient[index] += share * Double(element)
      }
    }
    return (loss, gradient)
  }

  /// Shows each batch: its number of samples, their share of all, and what writes the sample at a position of it.
  func forEachBatch(
    _ body: (_ count: Int, _ share: Double, _ fill: (Int, SampleMemory) -> Void) throws -> Void
  ) rethrows {
    for batch in batches {
      prepare(batch)
      try body(batch.count, Double(batch.count) / Double(batches.sampleCount)) {
        fill(batch.lowerBound + $0, $1)
      }
    }
  }
}

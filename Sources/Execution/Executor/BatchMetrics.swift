/// The metrics of a global batch, summed over all its microshards along the canonical tree.
public struct BatchMetrics: Hashable, Sendable {
  /// The sum of the samples' losses.
  public var lossSum: Double
  /// The number of samples whose most likely class is their label.
  public var correct: Double
  /// The number of samples.
  public var samples: Double

  /// The metrics of no samples.
  public init() {
    (lossSum, correct, samples) = (0, 0, 0)
  }

  /// Metrics that were summed elsewhere, such as on all ranks.
  public init(lossSum: Double, correct: Double, samples: Double) {
    self.lossSum = lossSum
    self.correct = correct
    self.samples = samples
  }

  /// The mean loss of a sample.
  public var loss: Double { lossSum / samples }
  /// The share of correctly classified samples, 0 to 1.
  public var accuracy: Double { correct / samples }

  /// Adds the metrics of a further batch.
  public static func += (total: inout BatchMetrics, batch: BatchMetrics) {
    total.lossSum += batch.lossSum
    total.correct += batch.correct
    total.samples += batch.samples
  }
}

/// Where the time of a batch went on this rank, in seconds.
public struct BatchSeconds: Hashable, Sendable {
  /// Fetching and writing the samples.
  public var data = 0.0
  /// The forward pass.
  public var forward = 0.0
  /// The backward pass.
  public var backward = 0.0
  /// Starting sums, letting them go on and waiting for their results: what the rest did not hide.
  public var reduction = 0.0

  /// No time.
  public init() {}
}

import Execution
import Records

/// When a run stops before its last epoch, because further ones do not help.
///
/// Scores are exact and the same on all ranks, and what was the best so far is kept in checkpoints: a run stops after the same
/// epoch on any ranks, interrupted or not.
public struct EarlyStopping: Hashable, Sendable {
  /// The epochs without a better score after which the run stops, ≥ 1.
  public var patience: Int
  /// The score.
  public var metric: Metric

  /// A score after each epoch.
  public enum Metric: String, Hashable, Sendable, CaseIterable {
    /// The loss on the validation data, which is better if lower.
    case validationLoss = "validation_loss"
    /// The accuracy on the validation data, which is better if higher.
    case validationAccuracy = "validation_accuracy"
    /// The loss on the test data, which is better if lower.
    case testLoss = "test_loss"
    /// The accuracy on the test data, which is better if higher.
    case testAccuracy = "test_accuracy"

    /// Whether it is a score of the validation data, and not of the test data.
    package var isOfValidation: Bool { self == .validationLoss || self == .validationAccuracy }
    /// Whether it is an accuracy, and not a loss.
    package var isAccuracy: Bool { self == .validationAccuracy || self == .testAccuracy }
  }

  /// Stops after so many epochs without a better score.
  public init(patience: Int, metric: Metric) {
    (self.patience, self.metric) = (patience, metric)
  }

  /// The score of an epoch.
  func score(_ metrics: BatchMetrics) -> Double { metric.isAccuracy ? metrics.accuracy : metrics.loss }

  /// Whether a score is better than another one.
  func isBetter(_ score: Double, than best: Double) -> Bool {
    metric.isAccuracy ? score > best : score < best
  }

  /// The section `stop` of a configuration.
  var record: JSON {
    .object([("metric", .text(metric.rawValue)), ("patience", .integer(patience))])
  }
}

/// The best score so far of a run that may stop early.
public struct BestScore: Hashable, Sendable {
  /// The score.
  public var score: Double
  /// The epochs since without a better one.
  public var epochsSince: Int

  /// Makes a score that is so many epochs old.
  public init(score: Double, epochsSince: Int = 0) {
    (self.score, self.epochsSince) = (score, epochsSince)
  }
}

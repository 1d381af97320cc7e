public import Execution

/// What a model's answers to a whole data set are worth: the loss, and what is told of classes or of values.
public struct DataScores: Hashable, Sendable {
  /// The loss, and the correctly classified samples.
  public let metrics: BatchMetrics
  /// The answers by class; nil for data of values.
  public let classes: ClassScores?
  /// The answers by value; nil for data of classes.
  public let values: ValueScores?

  /// The names of the classes, in order; nil where the data have none.
  public let classNames: [String]?

  /// The mean loss of a sample.
  public var loss: Double { metrics.loss }
  /// The share of correctly classified samples, 0 to 1; 0 for values.
  public var accuracy: Double { classes?.accuracy ?? metrics.accuracy }
}

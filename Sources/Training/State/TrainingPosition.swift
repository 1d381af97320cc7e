public import Execution

/// How far a run has come.
public struct TrainingPosition: Hashable, Sendable {
  /// The steps taken.
  public var step = 0
  /// The epoch of the next step, from 0.
  public var epoch = 0
  /// The batches already taken of that epoch.
  public var batch = 0
  /// The metrics of those batches, added up.
  public var metrics = BatchMetrics()

  /// The exact metrics of the test data at this very position; nil where they were not evaluated.
  public var test: BatchMetrics?

  /// The exact metrics of the validation data at this very position; nil where they were not evaluated.
  public var validation: BatchMetrics?

  /// The best score of the epochs so far; nil before the first, and for runs that do not stop early.
  public var best: BestScore?

  /// The beginning of a run.
  public init() {}
}

/// When a run writes checkpoints, and which of them it keeps; no bit depends on it.
public struct CheckpointPolicy: Hashable, Sendable {
  /// The steps from one checkpoint to the next, ≥ 1; nil for none by steps.
  public var everySteps: Int?

  /// The epochs from one checkpoint to the next, ≥ 1; nil for none by epochs.
  public var everyEpochs: Int?

  /// The minutes from one checkpoint to the next by the coordinator's clock, > 0; nil for none by time.
  public var everyMinutes: Double?

  /// How many of the newest are kept, ≥ 1; nil for all.
  ///
  /// Of the others only the best one stays.
  public var keep: Int?

  /// What makes a checkpoint the best.
  public var best: Best

  /// What makes a checkpoint the best of those that were written right after an evaluation.
  ///
  /// Of runs with validation data the test data are evaluated at the end only.
  public enum Best: String, Hashable, Sendable, CaseIterable {
    /// The highest accuracy on the test data; of equal ones the earliest.
    case testAccuracy = "test_accuracy"
    /// The lowest loss on the test data; of equal ones the earliest.
    case testLoss = "test_loss"
    /// The highest accuracy on the validation data; of equal ones the earliest.
    case validationAccuracy = "validation_accuracy"
    /// The lowest loss on the validation data; of equal ones the earliest.
    case validationLoss = "validation_loss"
    /// None is.
    case none
  }

  /// Creates a policy; by default one after each epoch, of which the newest three and the best one are kept.
  ///
  /// The end of a run,
  /// and a stop before it, always write one.
  public init(
    everySteps: Int? = nil, everyEpochs: Int? = 1, everyMinutes: Double? = nil, keep: Int? = 3,
    best: Best = .testAccuracy
  ) {
    self.everySteps = everySteps
    self.everyEpochs = everyEpochs
    self.everyMinutes = everyMinutes
    self.keep = keep
    self.best = best
  }
}

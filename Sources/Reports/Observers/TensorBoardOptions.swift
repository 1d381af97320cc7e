/// What a run tells TensorBoard, and how often; no bit depends on it.
public struct TensorBoardOptions: Hashable, Sendable {
  /// The steps from one to the next whose numbers are told, ≥ 1; nil for no files at all.
  public var everySteps: Int? = 1
  /// When distributions and the times of layers are told.
  public var histograms = Interval.epoch

  /// How often something is told.
  public enum Interval: Hashable, Sendable {
    case never
    /// After the last step of an epoch.
    case epoch
    /// After so many steps, ≥ 1.
    case steps(Int)
  }

  /// Creates options; by default all steps, and distributions after each epoch.
  public init(everySteps: Int? = 1, histograms: Interval = .epoch) {
    (self.everySteps, self.histograms) = (everySteps, histograms)
  }
}

import Mistakes

/// The learning rate as a function of the step.
///
/// The rate climbs linearly to its base value during the warm-up, if there is one, and then follows a curve.
///
/// ```swift
/// let schedule = LearningRateSchedule(
///   baseLearningRate: 0.1, curve: .step(epochs: [30, 60, 80], factor: 0.1),
///   warmup: .init(epochs: 5, from: 0.01))
/// schedule.learningRate(step: 0, stepsPerEpoch: 100, epochs: 90)  // 0.01
/// ```
public struct LearningRateSchedule: Equatable, Sendable {
  /// What the learning rate does after the warm-up.
  public enum Curve: Equatable, Sendable {
    /// Stays at its base value.
    case constant

    /// Is multiplied by `factor` at the beginning of each of these epochs, which count from zero and from the
    /// beginning of the run, warm-up included.
    case step(epochs: [Int], factor: Double)

    /// Falls along half a cosine, step by step, to `final`, which it would reach one step after the run.
    ///
    /// Loshchilov, Hutter 2017, arXiv:1608.03983, equation 5, without restarts. The cosine spans the steps
    /// after the warm-up.
    case cosine(final: Double)
  }

  /// A gradual warm-up.
  ///
  /// Goyal et al. 2017, arXiv:1706.02677, section 2.2.
  public struct Warmup: Equatable, Sendable {
    /// How many epochs it takes, at least one.
    public var epochs: Int

    /// The learning rate of the first step.
    public var from: Double

    /// Creates a warm-up of `epochs` epochs that begins at the learning rate `from`.
    public init(epochs: Int, from: Double) {
      require(epochs > 0, "a warm-up takes at least one epoch, given \(epochs)")
      self.epochs = epochs
      self.from = from
    }
  }

  /// The learning rate at the end of the warm-up and the beginning of the curve.
  public var baseLearningRate: Double

  /// What follows the warm-up.
  public var curve: Curve

  /// The warm-up, if there is one.
  public var warmup: Warmup?

  /// Creates a schedule; the default is a constant rate without warm-up.
  public init(baseLearningRate: Double, curve: Curve = .constant, warmup: Warmup? = nil) {
    self.baseLearningRate = baseLearningRate
    self.curve = curve
    self.warmup = warmup
  }

  /// The rate at which a warm-up begins if nothing else is said: a tenth of `baseLearningRate`.
  public static func warmupStart(baseLearningRate: Double) -> Double {
    baseLearningRate / 10
  }
}

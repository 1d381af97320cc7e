import Mistakes
import Randomness

/// Stochastic gradient descent: x ← x − ηₜ g, where g is an estimate of ∇f(x).
///
/// The estimates depend on the seed and the step only, never on the number of ranks.
public struct StochasticGradientDescent: DescentMethod {
  /// What estimates the gradient.
  public enum Estimate: Hashable, Sendable {
    /// The mean over a batch of samples, of an objective that is a ``FiniteSum``.
    ///
    /// The samples are shuffled before each epoch and each is used once; the last batch of an epoch has what
    /// is left.
    case minibatch(size: Int)
    /// The gradient itself plus independent normal numbers, for experiments without data.
    case noise(mean: Double, deviation: Double)
  }

  /// The learning rate.
  public var learningRate: LearningRate
  /// What estimates the gradient.
  public var estimate: Estimate
  /// The seed of the run.
  public var seed: UInt64
  /// The steps from one evaluation of the objective, over all samples, to the next, ≥ 1.
  public var evaluationInterval: Int

  /// The order of the samples in the epoch under way.
  private var order: (epoch: Int, samples: [Int])?

  /// Steps down an estimate; the objective itself is evaluated every `evaluationInterval` steps.
  public init(
    learningRate: LearningRate, estimate: Estimate, seed: UInt64, evaluationInterval: Int = 1
  ) {
    if case .minibatch(let size) = estimate {
      require(size >= 1, "a batch of \(size) samples has no gradient")
    }
    require(evaluationInterval >= 1, "no evaluation each \(evaluationInterval) steps")
    self.learningRate = learningRate
    self.estimate = estimate
    self.seed = seed
    self.evaluationInterval = evaluationInterval
  }

  /// True.
  public var isStochastic: Bool { true }

  /// η, where it is constant: in the mean a step is one of gradient descent.
  public func gradientDescentRate(for objective: any Objective) -> Double? {
    if case .constant(let rate) = learningRate { rate } else { nil }
  }

  /// The step down the estimate.
  ///
  /// - Throws: ``MinimizationError/noFiniteSum(method:)``; what the objective throws.
  public mutating func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step {
    let gradient =
      switch estimate {
      case .minibatch(let size): try minibatchGradient(at: x, step: number, size: size, objective)
      case .noise(let mean, let deviation):
        try noisyGradient(at: x, step: number, mean: mean, deviation: deviation, objective)
      }
    let rate = learningRate(number + 1)
    return Step(x: sum(x, -rate, gradient), length: rate)
  }

  private mutating func minibatchGradient(
    at x: [Double], step: Int, size: Int, _ objective: any Objective
  ) throws -> [Double] {
    guard let objective = objective as? any FiniteSum else {
      throw MinimizationError.noFiniteSum(method: "minibatch descent")
    }
    let count = objective.sampleCount
    let (epoch, batch) = step.quotientAndRemainder(dividingBy: (count + size - 1) / size)
    let samples = samples(ofEpoch: epoch, count: count)
    return try objective.gradient(
      at: x, samples: Array(samples[batch * size..<min((batch + 1) * size, count)]))
  }

  private mutating func samples(ofEpoch epoch: Int, count: Int) -> [Int] {
    if let order, order.epoch == epoch, order.samples.count == count { return order.samples }
    var random = Philox(seed: seed, purpose: .shuffle, epoch)
    let samples = random.permutation(count: count).map { Int($0) }
    order = (epoch, samples)
    return samples
  }

  private func noisyGradient(
    at x: [Double], step: Int, mean: Double, deviation: Double, _ objective: any Objective
  ) throws -> [Double] {
    var random = Philox(seed: seed, purpose: .gradientNoise, step)
    return try objective.gradient(at: x).map { $0 + (mean + deviation * Double(random.normal())) }
  }
}

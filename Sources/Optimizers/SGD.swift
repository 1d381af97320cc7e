import Mistakes

/// Stochastic gradient descent with momentum, Nesterov's momentum and weight decay.
///
/// For a parameter p with gradient g, velocity v, momentum μ, weight decay λ and learning rate η, one step is
///
///     g ← g + λ p
///     v ← μ v + g                  (only if μ ≠ 0)
///     g ← v, or g + μ v (Nesterov) (only if μ ≠ 0)
///     p ← p − η g
///
/// which is PyTorch's `torch.optim.SGD` with zero dampening. A velocity starts at zero, which makes the first
/// step PyTorch's (there it starts as a copy of the first gradient).
///
/// Sutskever, Martens, Dahl, Hinton: "On the importance of initialization and momentum in deep learning",
/// ICML 2013; the learning rate stands outside of the velocity, as in Goyal et al. 2017, arXiv:1706.02677,
/// equation 9.
public struct SGD: Equatable, Sendable {
  /// The momentum μ, 0 ≤ μ < 1; zero needs no velocities.
  public let momentum: Float

  /// Whether the gradient is looked up ahead of the velocity (Nesterov); needs a momentum.
  public let isNesterov: Bool

  /// The weight decay λ ≥ 0: the factor of the parameter that is added to its gradient.
  public let weightDecay: Float

  /// Creates the update rule.
  ///
  /// - Parameters:
  ///   - momentum: μ, 0 ≤ μ < 1.
  ///   - isNesterov: whether to use Nesterov's momentum; μ must then be positive.
  ///   - weightDecay: λ ≥ 0.
  public init(momentum: Float = 0, isNesterov: Bool = false, weightDecay: Float = 0) {
    require(momentum >= 0 && momentum < 1, "momentum \(momentum) is not in 0 ..< 1")
    require(!isNesterov || momentum > 0, "Nesterov's momentum needs a momentum, given 0")
    require(weightDecay >= 0 && weightDecay.isFinite, "weight decay \(weightDecay) is not ≥ 0")
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
  }
}

import Mistakes
public import NeuralNetworks
public import Records

/// Stochastic gradient descent with momentum, Nesterov's momentum and weight decay.
///
/// For a parameter p with gradient g, velocity v, momentum μ, weight decay λ and learning rate η, one step is
///
///     g ← g + λ p
///     v ← μ v + g                  (only if μ ≠ 0)
///     g ← v, or g + μ v (Nesterov) (only if μ ≠ 0)
///     p ← p − η g
///
/// which is PyTorch's `torch.optim.SGD` with zero dampening. The velocity is the slot `momentum_buffer`, which starts
/// at zero; that makes the first step PyTorch's (there it starts as a copy of the first gradient).
///
/// Sutskever, Martens, Dahl, Hinton: "On the importance of initialization and momentum in deep learning",
/// ICML 2013; the learning rate stands outside of the velocity, as in Goyal et al. 2017, arXiv:1706.02677,
/// equation 9.
public struct SGD: UpdateRule, Equatable {
  /// The momentum μ, 0 ≤ μ < 1; zero needs no velocities.
  public let momentum: Double

  /// Whether the gradient is looked up ahead of the velocity (Nesterov); needs a momentum.
  public let isNesterov: Bool

  /// The weight decay λ ≥ 0: the factor of the parameter that is added to its gradient.
  public let weightDecay: Double

  /// What weight decay applies to.
  public let decay: WeightDecayScope

  /// Creates the update rule; its numbers are rounded to single precision once.
  ///
  /// - Parameters:
  ///   - momentum: μ, 0 ≤ μ < 1.
  ///   - isNesterov: whether to use Nesterov's momentum; μ must then be positive.
  ///   - weightDecay: λ ≥ 0.
  ///   - decay: what weight decay applies to.
  public init(
    momentum: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0, decay: WeightDecayScope = .all
  ) {
    require(
      momentum >= 0 && Float(momentum) < 1, "momentum \(momentum) is not in 0 ..< 1 in single precision")
    require(!isNesterov || momentum > 0, "Nesterov's momentum needs a momentum, given 0")
    require(
      weightDecay >= 0 && Float(weightDecay).isFinite,
      "weight decay \(weightDecay) is not ≥ 0 and finite in single precision")
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
    self.decay = decay
  }

  /// The rule's name, `sgd`.
  public var name: String { "sgd" }

  /// The velocity, if there is a momentum.
  public var slots: [ParameterSlot] {
    momentum == 0 ? [] : [ParameterSlot(name: "momentum_buffer")]
  }

  /// The settings under the keys of a configuration's section `optimizer`.
  public var record: JSON {
    .object([
      ("name", .text(name)), ("momentum", .number(momentum)), ("nesterov", .boolean(isNesterov)),
      ("weight_decay", .number(weightDecay)), ("decay", .text(decay.rawValue)),
    ])
  }

  /// Takes one step on one parameter.
  ///
  /// An element's result depends on that element only. Products and sums are rounded one by one, never fused, so the
  /// bits do not depend on the instruction set. Nothing is allocated.
  ///
  /// - Complexity: O(*n*), at the speed of memory.
  public func update(_ parameter: inout ParameterUpdate, _ step: UpdateStep) {
    let kernel = Kernel(
      momentum: Float(momentum), isNesterov: isNesterov,
      weightDecay: decay.includes(parameter.parameter) ? Float(weightDecay) : 0,
      learningRate: Float(step.learningRate))
    let velocities = momentum == 0 ? nil : parameter.slots.buffer(0, count: parameter.values.count)
    let gradients = parameter.gradients
    parameter.values.withUnsafeMutableBufferPointer { values in
      gradients.withUnsafeBufferPointer { gradients in
        kernel.update(values, gradients, velocities)
      }
    }
  }
}

/// The four lines of the update rule, on sixteen elements at once.
private struct Kernel {
  let momentum: Float
  let isNesterov: Bool
  let weightDecay: Float
  let learningRate: Float

  func update(
    _ parameters: UnsafeMutableBufferPointer<Float>, _ gradients: UnsafeBufferPointer<Float>,
    _ velocities: UnsafeMutableBufferPointer<Float>?
  ) {
    guard let velocities else {
      ElementBlock.forEach(count: parameters.count) { block in
        let parameter = block.load(parameters)
        let gradient = decayed(block.load(gradients), parameter)
        block.store(moved(parameter, along: gradient), to: parameters)
      }
      return
    }
    ElementBlock.forEach(count: parameters.count) { block in
      let parameter = block.load(parameters)
      let gradient = decayed(block.load(gradients), parameter)
      let velocity = accelerated(block.load(velocities), by: gradient)
      block.store(velocity, to: velocities)
      block.store(moved(parameter, along: direction(gradient, velocity)), to: parameters)
    }
  }

  // Without weight decay nothing is added: zero times an infinite parameter would be no number.
  @inline(__always)
  private func decayed(_ gradient: Lanes, _ parameter: Lanes) -> Lanes {
    weightDecay == 0 ? gradient : gradient + weightDecay * parameter
  }

  @inline(__always)
  private func accelerated(_ velocity: Lanes, by gradient: Lanes) -> Lanes {
    momentum * velocity + gradient
  }

  @inline(__always)
  private func direction(_ gradient: Lanes, _ velocity: Lanes) -> Lanes {
    isNesterov ? gradient + momentum * velocity : velocity
  }

  @inline(__always)
  private func moved(_ parameter: Lanes, along direction: Lanes) -> Lanes {
    parameter - learningRate * direction
  }
}

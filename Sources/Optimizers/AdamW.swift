import Mistakes
public import NeuralNetworks
public import Records

/// Adam with decoupled weight decay.
///
/// For a parameter p with gradient g, moving averages m of g and v of g², decay rates β₁ and β₂, weight decay λ
/// and learning rate η, step t, which counts from one, is
///
///     p ← p − η λ p
///     m ← β₁ m + (1 − β₁) g
///     v ← β₂ v + (1 − β₂) g²
///     p ← p − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// which is PyTorch's `torch.optim.AdamW` without `amsgrad`, operation by operation. The averages are the slots
/// `exp_avg` and `exp_avg_sq`, which start at zero.
///
/// Loshchilov, Hutter 2019: "Decoupled weight decay regularization", arXiv:1711.05101, algorithm 2, with η as PyTorch
/// puts it: the decay is multiplied by the learning rate, whatever the schedule.
public struct AdamW: UpdateRule, Equatable {
  /// The decay rate β₁ of the average of gradients, 0 ≤ β₁ < 1.
  public let beta1: Double

  /// The decay rate β₂ of the average of squared gradients, 0 ≤ β₂ < 1.
  public let beta2: Double

  /// The ε > 0 that keeps the denominator from zero.
  public let epsilon: Double

  /// The weight decay λ ≥ 0: the share of a parameter that is taken off, times the learning rate.
  public let weightDecay: Double

  /// What weight decay applies to.
  public let decay: WeightDecayScope

  /// Creates the update rule; the defaults are PyTorch's.
  ///
  /// - Parameters:
  ///   - betas: β₁ and β₂, each at least 0 and less than 1.
  ///   - epsilon: ε > 0, in single precision too: padding, whose averages are zeros, must stay zero.
  ///   - weightDecay: λ ≥ 0.
  ///   - decay: what weight decay applies to.
  public init(
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, weightDecay: Double = 0.01,
    decay: WeightDecayScope = .all
  ) {
    for beta in [betas.0, betas.1] {
      require(beta >= 0 && Float(beta) < 1, "beta \(beta) is not in 0 ..< 1 in single precision")
    }
    require(
      Float(epsilon) > 0 && Float(epsilon).isFinite,
      "epsilon \(epsilon) is not > 0 and finite in single precision")
    require(
      weightDecay >= 0 && Float(weightDecay).isFinite,
      "weight decay \(weightDecay) is not ≥ 0 and finite in single precision")
    (beta1, beta2) = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decay = decay
  }

  /// The rule's name, `adamw`.
  public var name: String { "adamw" }

  /// The two moving averages.
  public var slots: [ParameterSlot] {
    [ParameterSlot(name: "exp_avg"), ParameterSlot(name: "exp_avg_sq")]
  }

  /// The settings under the keys of a configuration's section `optimizer`.
  public var record: JSON {
    .object([
      ("name", .text(name)), ("betas", .list([.number(beta1), .number(beta2)])),
      ("epsilon", .number(epsilon)), ("weight_decay", .number(weightDecay)), ("decay", .text(decay.rawValue)),
    ])
  }

  /// Takes one step on one parameter.
  ///
  /// An element's result depends on that element only. Operations are rounded one by one as IEEE 754 says, never
  /// fused, so the bits do not depend on the instruction set. As in PyTorch, what does not depend on the element is
  /// computed in double precision and rounded to single once. Nothing of the size of a parameter is allocated.
  ///
  /// - Complexity: O(*n* + log *t*), at the speed of memory.
  public func update(_ parameter: inout ParameterUpdate, _ step: UpdateStep) {
    let decays = weightDecay != 0 && decay.includes(parameter.parameter)
    let count = step.index + 1
    let kernel = Kernel(
      shrinking: decays ? Float(1 - step.learningRate * weightDecay) : nil,
      beta1: Float(beta1), newMean: Float(1 - beta1), beta2: Float(beta2), newSquare: Float(1 - beta2),
      rootCorrection: Float((1 - power(beta2, count)).squareRoot()), epsilon: Float(epsilon),
      stepSize: Float(step.learningRate / (1 - power(beta1, count))))
    let means = parameter.slots.buffer(0, count: parameter.values.count)
    let squares = parameter.slots.buffer(1, count: parameter.values.count)
    let gradients = parameter.gradients
    parameter.values.withUnsafeMutableBufferPointer { values in
      gradients.withUnsafeBufferPointer { gradients in
        kernel.update(values, gradients, means, squares)
      }
    }
  }
}

/// βᵗ, t ≥ 1, by repeated squaring.
///
/// The C library's `pow` differs in its last bit between versions and processors, and the result enters every weight.
/// Products are rounded in one way only.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

/// The lines of the update rule, on sixteen elements at once.
private struct Kernel {
  /// 1 − η λ, or nil where there is no weight decay.
  let shrinking: Float?
  let beta1: Float
  /// 1 − β₁.
  let newMean: Float
  let beta2: Float
  /// 1 − β₂.
  let newSquare: Float
  /// √(1 − β₂ᵗ).
  let rootCorrection: Float
  let epsilon: Float
  /// η/(1 − β₁ᵗ).
  let stepSize: Float

  func update(
    _ parameters: UnsafeMutableBufferPointer<Float>, _ gradients: UnsafeBufferPointer<Float>,
    _ means: UnsafeMutableBufferPointer<Float>, _ squares: UnsafeMutableBufferPointer<Float>
  ) {
    ElementBlock.forEach(count: parameters.count) { block in
      let gradient = block.load(gradients)
      let mean = averaged(block.load(means), gradient)
      let square = beta2 * block.load(squares) + newSquare * gradient * gradient
      block.store(mean, to: means)
      block.store(square, to: squares)
      let denominator = square.squareRoot() / rootCorrection + epsilon
      block.store(shrunk(block.load(parameters)) - stepSize * mean / denominator, to: parameters)
    }
  }

  @inline(__always)
  private func shrunk(_ parameter: Lanes) -> Lanes {
    shrinking.map { $0 * parameter } ?? parameter
  }

  // PyTorch's `lerp`, which starts from the nearer end.
  @inline(__always)
  private func averaged(_ mean: Lanes, _ gradient: Lanes) -> Lanes {
    newMean < 0.5 ? mean + newMean * (gradient - mean) : gradient - (gradient - mean) * (1 - newMean)
  }
}

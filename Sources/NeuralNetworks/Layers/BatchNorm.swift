import Mistakes

/// Batch normalization, per channel of images or per feature of vectors.
///
/// y = γ (x − mean) / √(variance + ε) + β with the biased variance of the batch. Parameters `weight` (γ, at first
/// 1, or 0 if so told) and `bias` (β, at first 0); buffers `running_mean`, `running_var` (unbiased), which evaluation uses.
///
/// Ioffe, Szegedy: "Batch Normalization", arXiv:1502.03167, algorithm 1.
public struct BatchNorm: Layer {
  /// Added to the variance before the square root, > 0.
  public var epsilon: Double
  /// The weight of the new batch in the running statistics: running ← (1 − momentum) running + momentum batch.
  public var momentum: Double
  /// Whether the scale γ begins at 0 instead of 1.
  public var beginsAtZero: Bool
  /// The last part of the path; nil where the surrounding scope names the layer.
  public var name: String?

  /// Makes a normalization; the number of channels is that of the value it is called on.
  public init(
    epsilon: Double = 1e-5, momentum: Double = 0.1, beginsAtZero: Bool = false, name: String? = nil
  ) {
    require(
      epsilon > 0 && momentum >= 0 && momentum <= 1,
      "given epsilon \(epsilon) and momentum \(momentum), but more than 0 and 0 to 1 needed")
    self.epsilon = epsilon
    self.momentum = momentum
    self.beginsAtZero = beginsAtZero
    self.name = name
  }

  /// Adds the normalization of `x`, [channels, height, width] or [features].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    guard let shape = x.shape else { return x }
    guard shape.rank == 1 || shape.rank == 3 else {
      return x.builder.fail(name, "batch normalization needs an image or a vector, but given \(shape)")
    }
    let path = x.builder.path(name)
    let channels = Shape(shape.channels)
    return x.builder.add(
      .batchNorm(Operation.Normalization(epsilon: epsilon, momentum: momentum)), [x], shape: shape,
      name: name,
      parameters: [
        x.builder.parameter(
          path + ".weight", channels, .scale, fanIn: 1, fanOut: 1,
          beginsAtZero: beginsAtZero),
        x.builder.parameter(path + ".bias", channels, .shift, fanIn: 1, fanOut: 1),
      ],
      buffers: [
        x.builder.buffer(path + ".running_mean", count: shape.channels, .runningMean),
        x.builder.buffer(path + ".running_var", count: shape.channels, .runningVariance),
      ])
  }
}

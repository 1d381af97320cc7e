import Randomness

/// How a model's parameters begin.
///
/// Every tensor is a pure function of the seed and its position in the model. Scales of batch normalization begin
/// at 1, or 0 where the model says so; shifts at 0.
public enum Initialization: String, CaseIterable, Hashable, Sendable {
  /// PyTorch's own: weights and biases uniform in ±1/√fanIn (Kaiming uniform with a = √5).
  case standard = "default"
  /// Weights uniform in ±√(6 / (fanIn + fanOut)), biases as in ``standard``.
  ///
  /// Glorot, Bengio: "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
  /// equation 16.
  case xavier
  /// Weights normal with deviation √(2 / fanIn), biases 0.
  ///
  /// He et al.: "Delving Deep into Rectifiers", arXiv:1502.01852, equation 10.
  case he

  /// The initial values of a parameter in PyTorch's element order.
  ///
  /// - Parameters:
  ///   - parameter: the tensor to fill.
  ///   - index: its position among the model's parameters.
  ///   - seed: the seed of the run.
  public func values(for parameter: Graph.Parameter, at index: Graph.ParameterID, seed: UInt64) -> [Float] {
    var random = Philox(seed: seed, purpose: .initialization, index)
    let count = parameter.shape.count
    func uniform(within bound: Double) -> [Float] {
      (0..<count).map { _ in random.uniform(Float(-bound), Float(bound)) }
    }
    if parameter.beginsAtZero { return [Float](repeating: 0, count: count) }
    let standardBound = 1 / Double(parameter.fanIn).squareRoot()
    switch (parameter.role, self) {
    case (.scale, _):
      return [Float](repeating: 1, count: count)
    case (.shift, _), (.bias, .he):
      return [Float](repeating: 0, count: count)
    case (.bias, .standard), (.bias, .xavier), (.weight, .standard):
      return uniform(within: standardBound)
    case (.weight, .xavier):
      return uniform(within: (6 / Double(parameter.fanIn + parameter.fanOut)).squareRoot())
    case (.weight, .he):
      let deviation = Float((2 / Double(parameter.fanIn)).squareRoot())
      return (0..<count).map { _ in deviation * random.normal() }
    }
  }
}

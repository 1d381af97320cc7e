/// x₁³ − 3 x₁ x₂²: a saddle at 0 where the whole Hessian vanishes.
public struct MonkeySaddle: TwiceDifferentiableObjective, Hashable, Sendable {
  /// The function of x₁ and x₂; it has no parameters.
  public init() {}

  /// Two.
  public var dimension: Int { 2 }

  /// The value at x.
  public func value(at x: [Double]) -> Double { x[0] * x[0] * x[0] - 3 * x[0] * x[1] * x[1] }

  /// The gradient at x.
  public func gradient(at x: [Double]) -> [Double] {
    [3 * x[0] * x[0] - 3 * x[1] * x[1], -6 * x[0] * x[1]]
  }

  /// The Hessian at x.
  public func hessian(at x: [Double]) -> DenseMatrix {
    DenseMatrix(rows: [[6 * x[0], -6 * x[1]], [-6 * x[1], -6 * x[0]]])
  }
}

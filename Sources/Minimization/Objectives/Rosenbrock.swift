import Mistakes

/// Rosenbrock's curved valley in n dimensions: Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², i = 1 … n − 1.
///
/// The global minimum is 0 at (1, …, 1). Rosenbrock: "An Automatic Method for Finding the Greatest or Least
/// Value of a Function", The Computer Journal 3, 1960, doi:10.1093/comjnl/3.3.175.
public struct Rosenbrock: TwiceDifferentiableObjective, Hashable, Sendable {
  /// The number of variables, ≥ 2.
  public let dimension: Int

  /// Makes the function of `dimension` ≥ 2 variables.
  public init(dimension: Int = 2) {
    require(dimension >= 2, "Rosenbrock's function needs at least 2 variables, given \(dimension)")
    self.dimension = dimension
  }

  /// The value at x.
  public func value(at x: [Double]) -> Double {
    (0..<dimension - 1).reduce(0) { sum, index in
      let across = x[index + 1] - x[index] * x[index]
      let along = 1 - x[index]
      return sum + (100 * across * across + along * along)
    }
  }

  /// The gradient at x.
  public func gradient(at x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: dimension)
    for index in 0..<dimension - 1 {
      let across = x[index + 1] - x[index] * x[index]
      result[index] += -400 * x[index] * across - 2 * (1 - x[index])
      result[index + 1] += 200 * across
    }
    return result
  }

  /// The Hessian at x, tridiagonal.
  public func hessian(at x: [Double]) -> DenseMatrix {
    var result = DenseMatrix(rowCount: dimension, columnCount: dimension)
    for index in 0..<dimension - 1 {
      result[index, index] += 1200 * x[index] * x[index] - 400 * x[index + 1] + 2
      result[index + 1, index + 1] += 200
      result[index, index + 1] = -400 * x[index]
      result[index + 1, index] = -400 * x[index]
    }
    return result
  }
}

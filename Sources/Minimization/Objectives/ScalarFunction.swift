import Foundation

/// A function of one variable with its first two derivatives.
public struct ScalarFunction: TwiceDifferentiableObjective, Sendable {
  private let function: @Sendable (Double) -> Double
  private let first: @Sendable (Double) -> Double
  private let second: @Sendable (Double) -> Double

  /// Whether the second derivative is the same everywhere.
  public let isQuadratic: Bool

  /// One.
  public var dimension: Int { 1 }

  /// Makes an objective of f, f′ and f″.
  public init(
    isQuadratic: Bool = false,
    _ function: @escaping @Sendable (Double) -> Double,
    derivative first: @escaping @Sendable (Double) -> Double,
    secondDerivative second: @escaping @Sendable (Double) -> Double
  ) {
    self.function = function
    self.first = first
    self.second = second
    self.isQuadratic = isQuadratic
  }

  /// The value f(x).
  public func value(at x: [Double]) -> Double { function(x[0]) }

  /// The derivative f′(x), one element.
  public func gradient(at x: [Double]) -> [Double] { [first(x[0])] }

  /// The second derivative f″(x), one element.
  public func hessian(at x: [Double]) -> DenseMatrix { DenseMatrix(diagonal: [second(x[0])]) }
}

extension ScalarFunction {
  /// x², convex.
  public static let square = ScalarFunction(isQuadratic: true) {
    $0 * $0
  } derivative: {
    2 * $0
  } secondDerivative: { _ in
    2
  }

  /// x cos(c π x), with infinitely many minima and maxima.
  ///
  /// - Parameter frequency: c.
  public static func cosineProduct(frequency: Double) -> ScalarFunction {
    let c = frequency * Double.pi
    return ScalarFunction {
      $0 * cos(c * $0)
    } derivative: {
      cos(c * $0) - c * $0 * sin(c * $0)
    } secondDerivative: {
      -2 * c * sin(c * $0) - $0 * (c * c) * cos(c * $0)
    }
  }

  /// cosh(c x), convex.
  ///
  /// - Parameter scale: c.
  public static func hyperbolicCosine(scale c: Double) -> ScalarFunction {
    ScalarFunction {
      cosh(c * $0)
    } derivative: {
      c * sinh(c * $0)
    } secondDerivative: {
      c * c * cosh(c * $0)
    }
  }
}

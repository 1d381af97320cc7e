/// A function of n real variables that is to be minimized.
///
/// Whoever implements one gives its value and its gradient; products with the Hessian then come from
/// differences of gradients. An objective that knows its Hessian is a ``TwiceDifferentiableObjective``.
///
/// An objective over the data of several ranks returns the same bits on every rank, and every rank must
/// evaluate it at the same points in the same order: then all take the same decisions.
public protocol Objective {
  /// The number of variables n, ≥ 1.
  var dimension: Int { get }

  /// The value f(x).
  ///
  /// - Parameter x: n elements.
  func value(at x: [Double]) throws -> Double

  /// The gradient ∇f(x), n elements.
  ///
  /// - Parameter x: n elements.
  func gradient(at x: [Double]) throws -> [Double]

  /// The value and the gradient; in one pass over the data where there are data.
  ///
  /// - Parameter x: n elements.
  func valueAndGradient(at x: [Double]) throws -> (value: Double, gradient: [Double])

  /// The product ∇²f(x) v, n elements.
  ///
  /// - Parameters:
  ///   - x: n elements.
  ///   - vector: v, n elements.
  func hessianProduct(at x: [Double], with vector: [Double]) throws -> [Double]
}

/// An objective that knows its Hessian.
public protocol TwiceDifferentiableObjective: Objective {
  /// Whether the Hessian is the same at every point.
  var isQuadratic: Bool { get }

  /// The Hessian ∇²f(x), n × n and symmetric.
  ///
  /// - Parameter x: n elements.
  func hessian(at x: [Double]) throws -> DenseMatrix

  /// The diagonal of the Hessian ∇²f(x), n elements.
  ///
  /// - Parameter x: n elements.
  func hessianDiagonal(at x: [Double]) throws -> [Double]
}

extension Objective {
  /// The value, then the gradient.
  public func valueAndGradient(at x: [Double]) throws -> (value: Double, gradient: [Double]) {
    (try value(at: x), try gradient(at: x))
  }

  /// The product ∇²f(x) v by a central difference of gradients.
  ///
  ///     ∇²f(x) v ≈ (∇f(x + h v) − ∇f(x − h v)) / 2h,  h ‖v‖ = ε^⅓ (1 + ‖x‖)
  ///
  /// which balances the rounding of the gradients, of order ε/h, against the third derivatives left out, of
  /// order h². Nocedal, Wright: "Numerical Optimization", 2nd edition, section 8.1.
  public func hessianProduct(at x: [Double], with vector: [Double]) throws -> [Double] {
    let length = norm(vector)
    guard length > 0 else { return vector }
    let factor = Double.ulpOfOne.cubeRoot * (1 + norm(x)) / length
    let after = try gradient(at: sum(x, factor, vector))
    let before = try gradient(at: sum(x, -factor, vector))
    return zip(after, before).map { ($0 - $1) / (2 * factor) }
  }
}

extension TwiceDifferentiableObjective {
  /// False: in general a Hessian changes from point to point.
  public var isQuadratic: Bool { false }

  /// That of the Hessian.
  public func hessianDiagonal(at x: [Double]) throws -> [Double] { try hessian(at: x).diagonal }

  /// The Hessian times the vector.
  public func hessianProduct(at x: [Double], with vector: [Double]) throws -> [Double] {
    try hessian(at: x).times(vector)
  }
}

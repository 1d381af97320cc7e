/// ⟨a, x⟩ − b: below 0 in a half-space, 0 on a plane.
public struct LinearFunction: TwiceDifferentiableObjective, Hashable, Sendable {
  /// The slope a, n elements.
  public let coefficients: [Double]
  /// The bound b.
  public let bound: Double

  /// The function ⟨a, x⟩ − b of as many variables as `coefficients` has elements.
  public init(coefficients: [Double], bound: Double) {
    self.coefficients = coefficients
    self.bound = bound
  }

  /// The number of variables.
  public var dimension: Int { coefficients.count }

  /// True: the Hessian is zero.
  public var isQuadratic: Bool { true }

  /// The value at x.
  public func value(at x: [Double]) -> Double { dot(coefficients, x) - bound }

  /// The slope a.
  public func gradient(at x: [Double]) -> [Double] { coefficients }

  /// Zeros.
  public func hessian(at x: [Double]) -> DenseMatrix {
    DenseMatrix(rowCount: dimension, columnCount: dimension)
  }
}

/// ‖x − c‖² − r²: below 0 in a ball, 0 on its surface.
public struct SquaredRadius: TwiceDifferentiableObjective, Hashable, Sendable {
  /// The center c, n elements.
  public let center: [Double]
  /// The radius r.
  public let radius: Double

  /// The function ‖x − c‖² − r² of as many variables as `center` has elements.
  public init(center: [Double], radius: Double) {
    self.center = center
    self.radius = radius
  }

  /// The number of variables.
  public var dimension: Int { center.count }

  /// True: the Hessian is twice the identity.
  public var isQuadratic: Bool { true }

  /// The value at x.
  public func value(at x: [Double]) -> Double {
    let offset = sum(x, -1, center)
    return dot(offset, offset) - radius * radius
  }

  /// The gradient 2 (x − c).
  public func gradient(at x: [Double]) -> [Double] { sum(x, -1, center).map { 2 * $0 } }

  /// Twice the identity.
  public func hessian(at x: [Double]) -> DenseMatrix {
    DenseMatrix(diagonal: center.map { _ in 2 })
  }
}

import Mistakes

/// What kind of point it is where the gradient vanishes.
public enum StationaryPoint: Hashable, Sendable {
  /// All eigenvalues of the Hessian are positive: f grows in every direction.
  case minimum
  /// All eigenvalues are negative: f falls in every direction.
  case maximum
  /// There are eigenvalues of both signs: f grows in one direction and falls in another.
  case saddle
  /// An eigenvalue is zero and none of them has the opposite sign of the others: the Hessian does not tell.
  case degenerate

  /// Tells the kind by the extreme eigenvalues of the Hessian.
  ///
  /// Boyd, Vandenberghe: "Convex Optimization", section 3.1.4; Nocedal, Wright: "Numerical Optimization", 2nd edition,
  /// theorems 2.3 and 2.4.
  ///
  /// - Parameters:
  ///   - smallestEigenvalue: the smallest one, with its sign.
  ///   - largestEigenvalue: the largest one, with its sign.
  ///   - tolerance: an eigenvalue counts as zero up to this fraction of the larger magnitude of the two, ≥ 0.
  public init(smallestEigenvalue: Double, largestEigenvalue: Double, tolerance: Double = 1e-8) {
    require(
      smallestEigenvalue <= largestEigenvalue,
      "\(smallestEigenvalue) as the smallest eigenvalue exceeds \(largestEigenvalue) as the largest")
    require(tolerance >= 0, "tolerance \(tolerance) is not ≥ 0")
    let zero = tolerance * max(abs(smallestEigenvalue), abs(largestEigenvalue))
    self =
      switch (smallestEigenvalue, largestEigenvalue) {
      case let (smallest, _) where smallest > zero: .minimum
      case let (_, largest) where largest < -zero: .maximum
      case let (smallest, largest) where smallest < -zero && largest > zero: .saddle
      default: .degenerate
      }
  }
}

extension TwiceDifferentiableObjective {
  /// What kind of stationary point x is; nil if it is none.
  ///
  /// - Parameters:
  ///   - x: n elements.
  ///   - gradientTolerance: the norm of the gradient up to which x counts as stationary, ≥ 0.
  ///   - tolerance: the fraction of the largest magnitude of an eigenvalue up to which one counts as zero.
  /// - Throws: ``LinearAlgebraError`` if the Hessian is not finite, and what the objective throws.
  public func stationaryPoint(
    at x: [Double], gradientTolerance: Double = 1e-8, tolerance: Double = 1e-8
  ) throws -> StationaryPoint? {
    guard norm(try gradient(at: x)) <= gradientTolerance else { return nil }
    let eigenvalues = try symmetricEigen(try hessian(at: x)).values
    guard let smallest = eigenvalues.first, let largest = eigenvalues.last else { return nil }
    return StationaryPoint(
      smallestEigenvalue: smallest, largestEigenvalue: largest, tolerance: tolerance)
  }
}

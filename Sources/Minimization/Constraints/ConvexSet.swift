import Mistakes

/// A closed convex set of points in n dimensions, given by the projection on it.
///
/// The projection Px of x is the one point of the set that is nearest to x. It is told by ⟨x − Px, y − Px⟩ ≤ 0 for
/// every y of the set, and it never moves two points apart. Boyd, Vandenberghe: "Convex Optimization", section 8.1.
public protocol ConvexSet: Sendable {
  /// The number of coordinates n, ≥ 1.
  var dimension: Int { get }

  /// The nearest point of the set.
  ///
  /// - Parameter point: n elements.
  /// - Returns: n elements; of a point that is not finite, something that is not.
  /// - Throws: `ConstraintError` if the projection is an iteration and does not converge.
  func project(_ point: [Double]) throws(ConstraintError) -> [Double]
}

extension ConvexSet {
  /// The distance ‖x − Px‖ of a point of n elements from the set; zero within it.
  public func distance(of point: [Double]) throws(ConstraintError) -> Double {
    norm(sum(point, -1, try project(point)))
  }

  /// Whether a point of n elements is not farther from the set than `tolerance`.
  public func contains(_ point: [Double], tolerance: Double = 1e-12) throws(ConstraintError) -> Bool {
    try distance(of: point) <= tolerance
  }

  func requireDimension(_ point: [Double]) {
    require(point.count == dimension, "a point of \(point.count) elements meets \(dimension) dimensions")
  }
}

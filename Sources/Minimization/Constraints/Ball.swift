/// The points whose distance from a center is at most a radius: ‖x − c‖ ≤ r.
public struct Ball: ConvexSet, Hashable {
  /// The center c, n elements.
  public let center: [Double]
  /// The radius r ≥ 0.
  public let radius: Double

  /// The ball around `center`, in as many dimensions as that has elements.
  ///
  /// - Throws: `ConstraintError` if a number is not finite or the radius is negative.
  public init(center: [Double], radius: Double) throws(ConstraintError) {
    try ConstraintError.requireFinite(center + [radius], "the ball")
    guard radius >= 0 else { throw .negativeRadius(radius) }
    self.center = center
    self.radius = radius
  }

  /// The number of coordinates.
  public var dimension: Int { center.count }

  /// The point itself, or the one in its direction at the radius.
  public func project(_ point: [Double]) -> [Double] {
    requireDimension(point)
    let offset = sum(point, -1, center)
    let distance = norm(offset)
    return distance <= radius ? point : sum(center, radius / distance, offset)
  }
}

/// The points on one side of a plane: ⟨a, x⟩ ≤ b.
public struct HalfSpace: ConvexSet, Hashable {
  /// The normal a, n elements, which points outwards.
  public let normal: [Double]
  /// The bound b.
  public let bound: Double

  /// The points with ⟨`normal`, x⟩ ≤ `bound`; the normal may have any length but zero.
  ///
  /// - Throws: `ConstraintError` if a number is not finite or the normal is zero.
  public init(normal: [Double], bound: Double) throws(ConstraintError) {
    try ConstraintError.requireFinite(normal + [bound], "the half-space")
    guard norm(normal) > 0 else { throw .zeroNormal }
    self.normal = normal
    self.bound = bound
  }

  /// The number of coordinates.
  public var dimension: Int { normal.count }

  /// The point itself, or the foot of the perpendicular on the plane.
  public func project(_ point: [Double]) -> [Double] {
    requireDimension(point)
    let excess = dot(normal, point) - bound
    return excess <= 0 ? point : sum(point, -excess / dot(normal, normal), normal)
  }
}

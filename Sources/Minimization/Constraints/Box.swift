/// The points between two bounds in each coordinate: l ≤ x ≤ u.
public struct Box: ConvexSet, Hashable {
  /// The lower bounds l, n elements; −∞ for none.
  public let lower: [Double]
  /// The upper bounds u, n elements; ∞ for none.
  public let upper: [Double]

  /// The box of as many dimensions as there are lower bounds.
  ///
  /// - Throws: `ConstraintError` if the bounds differ in number or leave nothing between them.
  public init(lower: [Double], upper: [Double]) throws(ConstraintError) {
    try ConstraintError.requireCount(upper.count, lower.count, "the upper bound of the box")
    if let index = lower.indices.first(where: {
      !(lower[$0] <= upper[$0]) || lower[$0] == .infinity || upper[$0] == -.infinity
    }) {
      throw .emptyBox(index: index, lower: lower[index], upper: upper[index])
    }
    self.lower = lower
    self.upper = upper
  }

  /// The number of coordinates.
  public var dimension: Int { lower.count }

  /// Each coordinate moved to the nearer bound if it lies outside.
  public func project(_ point: [Double]) -> [Double] {
    requireDimension(point)
    // In this order a coordinate that is no number stays none.
    return point.indices.map { index in
      point[index] < lower[index] ? lower[index] : point[index] > upper[index] ? upper[index] : point[index]
    }
  }
}

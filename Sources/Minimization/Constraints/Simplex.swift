import Mistakes

/// The points with coordinates of at least 0 that add up to s; with s = 1, the probabilities of n outcomes.
public struct Simplex: ConvexSet, Hashable {
  /// The number of coordinates n, ≥ 1.
  public let dimension: Int
  /// What the coordinates add up to, s > 0.
  public let sum: Double

  /// Makes a simplex of `dimension` ≥ 1 coordinates.
  ///
  /// - Throws: `ConstraintError` if the sum is not positive and finite.
  public init(dimension: Int, sum: Double = 1) throws(ConstraintError) {
    require(dimension >= 1, "a simplex needs at least 1 coordinate, given \(dimension)")
    try ConstraintError.requireFinite([sum], "the simplex")
    guard sum > 0 else { throw .simplexSumNotPositive(sum) }
    self.dimension = dimension
    self.sum = sum
  }

  /// The coordinates less a common θ, but not below 0: θ is such that they add up to s.
  ///
  /// Duchi, Shalev-Shwartz, Singer, Chandra: "Efficient Projections onto the ℓ1-Ball for Learning in High Dimensions",
  /// ICML 2008, doi:10.1145/1390156.1390191, figure 1.
  ///
  /// - Complexity: O(n log n)
  public func project(_ point: [Double]) -> [Double] {
    requireDimension(point)
    // The same number added to all coordinates changes nothing; without it the sum would be lost beside large ones.
    let largest = point.max() ?? 0
    let point = point.map { $0 - largest }
    var threshold = 0.0
    var total = 0.0
    for (index, coordinate) in point.sorted(by: >).enumerated() {
      total += coordinate
      let candidate = (total - sum) / Double(index + 1)
      // The coordinates that stay positive are the largest ones: the first that would not ends them.
      guard index == 0 || coordinate > candidate else { break }
      threshold = candidate
    }
    // Written so that a coordinate that is no number stays none.
    return point.map { $0 - threshold < 0 ? 0 : $0 - threshold }
  }
}

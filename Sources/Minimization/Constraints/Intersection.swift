import Mistakes

/// The points that several convex sets have in common.
public struct Intersection: ConvexSet {
  /// The sets, at least one, all of the same dimension.
  public let sets: [any ConvexSet]
  /// How many times a projection may go round the sets.
  public var cycleLimit: Int

  /// Makes the intersection of sets that have a common point.
  ///
  /// Points that are projected on one set after the other, again and again, come nearer to all common points. If one
  /// cycle makes the steps sᵢ and moves the point by d in all, every common point is at least (Σ‖sᵢ‖² + d²) / 2d away.
  /// Without a common point d vanishes while the steps do not: a distance of more than 10⁸ times the point's own
  /// size is taken as proof that there is none. (Projections do not move away from a common point z:
  /// ‖x − z‖² falls by at least ‖sᵢ‖² in each.) Bauschke, Borwein: "On Projection Algorithms for Solving Convex
  /// Feasibility Problems", SIAM Review 38, 1996, doi:10.1137/S0036144593251710.
  ///
  /// - Parameters:
  ///   - sets: at least one, all of the same dimension.
  ///   - cycleLimit: how many times a projection may go round the sets, ≥ 1. Points far away need many cycles, and
  ///     so do sets that only touch or whose boundaries meet at a small angle.
  /// - Throws: `ConstraintError.infeasible` if the sets have no common point, and what the sets themselves throw. Sets
  ///   that miss each other by very little may pass; projections on them then throw `projectionNotConverged`.
  public init(_ sets: [any ConvexSet], cycleLimit: Int = 100_000) throws(ConstraintError) {
    require(
      !sets.isEmpty && cycleLimit >= 1, "\(sets.count) sets, \(cycleLimit) cycles: at least 1 each")
    require(
      sets.allSatisfy { $0.dimension == sets[0].dimension },
      "the sets have dimensions \(sets.map(\.dimension))")
    self.sets = sets
    self.cycleLimit = cycleLimit
    try requireCommonPoint()
  }

  /// The number of coordinates.
  public var dimension: Int { sets[0].dimension }

  private func requireCommonPoint() throws(ConstraintError) {
    var point = [Double](repeating: 0, count: dimension)
    for _ in 0..<cycleLimit {
      let start = point
      var squares = 0.0
      var gap = 0.0
      for set in sets {
        let next = try set.project(point)
        let step = norm(sum(next, -1, point))
        squares += step * step
        gap = max(gap, step)
        point = next
      }
      let size = 1 + norm(point)
      if gap <= Self.tolerance * size { return }
      let move = norm(sum(point, -1, start))
      if squares + move * move > 2 * move * 1e8 * size { throw .infeasible(gap: gap) }
    }
  }

  /// The projection by Dykstra's algorithm.
  ///
  /// It goes round the sets as alternating projections do, but gives each set back what its last projection took
  /// away, so that the limit is not just any common point but the nearest. It ends as Birgin and Raydan propose,
  /// where what is taken away no longer changes: the point itself may rest for many cycles before the end.
  ///
  /// Boyle, Dykstra: "A Method for Finding Projections onto the Intersection of Convex Sets in Hilbert Spaces", 1986,
  /// doi:10.1007/978-1-4613-9940-7_3; Birgin, Raydan: "Robust Stopping Criteria for Dykstra's Algorithm", SIAM
  /// Journal on Scientific Computing 26, 2005, doi:10.1137/03060062X.
  public func project(_ point: [Double]) throws(ConstraintError) -> [Double] {
    requireDimension(point)
    var current = point
    var corrections = [[Double]](repeating: [Double](repeating: 0, count: dimension), count: sets.count)
    var change = 0.0
    for _ in 0..<cycleLimit {
      var squares = 0.0
      for (index, set) in sets.enumerated() {
        let start = sum(current, 1, corrections[index])
        current = try set.project(start)
        let correction = sum(start, -1, current)
        let difference = sum(correction, -1, corrections[index])
        squares += dot(difference, difference)
        corrections[index] = correction
      }
      change = squares.squareRoot()
      // Written so that a point that is not finite ends the loop, too.
      if !(change > Self.tolerance * (1 + norm(point) + norm(current))) { return current }
    }
    throw .projectionNotConverged(cycles: cycleLimit, change: change)
  }

  /// The relative change in a cycle below which an iteration has arrived.
  private static let tolerance = 1e-13
}

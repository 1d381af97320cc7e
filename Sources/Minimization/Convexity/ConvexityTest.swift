import Mistakes
import Randomness

/// A search for evidence that a function is not convex, at random places of a region.
///
/// Evidence found is proof up to rounding; none found is none. Boyd, Vandenberghe: "Convex Optimization", sections 3.1.1
/// and 3.1.4.
public struct ConvexityTest: Sendable {
  /// The region, with finite bounds; places are distributed evenly in it.
  public let region: Box
  /// How many segments, or points, are tried, ≥ 1.
  public let sampleCount: Int
  /// The seed of the random places.
  public let seed: UInt64

  /// A test at `sampleCount` random places of a region, the same ones for the same seed.
  ///
  /// - Throws: ``ConstraintError/notFinite(what:value:)`` if the region has no end.
  public init(region: Box, sampleCount: Int, seed: UInt64 = 0) throws(ConstraintError) {
    require(sampleCount >= 1, "a test needs at least 1 sample, given \(sampleCount)")
    try ConstraintError.requireFinite(region.lower + region.upper, "the region of a convexity test")
    self.region = region
    self.sampleCount = sampleCount
    self.seed = seed
  }

  /// Tries Jensen's inequality on random segments.
  ///
  /// - Parameter objective: as many variables as the region has.
  /// - Returns: of the segments that violate the inequality, by more than rounding may, the one that does most; nil if
  ///   there is none.
  /// - Throws: what the objective throws.
  public func jensenCounterexample(of objective: any Objective) throws -> JensenCounterexample? {
    var worst: JensenCounterexample?
    for sample in 0..<sampleCount {
      var random = Philox(seed: seed, purpose: .convexity, 0, sample)
      let (x, y) = (point(&random), point(&random))
      let weight = random.uniformDouble()
      let (first, second) = (try objective.value(at: x), try objective.value(at: y))
      let between = zip(x, y).map { weight * $0 + (1 - weight) * $1 }
      let candidate = JensenCounterexample(
        x: x, y: y, weight: weight, value: try objective.value(at: between),
        chord: weight * first + (1 - weight) * second)
      guard candidate.excess > max(worst?.excess ?? 0, 1e-12 * (abs(first) + abs(second))) else { continue }
      // Where f crosses zero its terms are larger than it; and the points are rounded, too: by about ε |∇f|ᵀ|x|.
      let slope = try objective.gradient(at: between)
      let size = zip(slope, between).reduce(0) { $0 + abs($1.0 * $1.1) }
      if candidate.excess == .infinity || !(candidate.excess <= 16 * .ulpOfOne * size) { worst = candidate }
    }
    return worst
  }

  /// Looks for the smallest eigenvalue of the Hessian at random points.
  ///
  /// - Parameter objective: as many variables as the region has.
  /// - Returns: the point tried where the smallest eigenvalue is least.
  /// - Throws: ``LinearAlgebraError`` if a Hessian is not finite, and what the objective throws.
  public func leastCurvature(of objective: any TwiceDifferentiableObjective) throws -> LeastCurvature {
    var least = try curvature(of: objective, sample: 0)
    for sample in 1..<sampleCount {
      let candidate = try curvature(of: objective, sample: sample)
      if candidate.smallestEigenvalue < least.smallestEigenvalue { least = candidate }
    }
    return least
  }

  private func curvature(
    of objective: any TwiceDifferentiableObjective, sample: Int
  ) throws -> LeastCurvature {
    var random = Philox(seed: seed, purpose: .convexity, 1, sample)
    let point = point(&random)
    let values = try symmetricEigen(try objective.hessian(at: point)).values
    return LeastCurvature(
      point: point, smallestEigenvalue: values.first ?? 0, largestEigenvalue: values.last ?? 0)
  }

  private func point(_ random: inout Philox) -> [Double] {
    zip(region.lower, region.upper).map { lower, upper in
      let fraction = random.uniformDouble()
      return lower * (1 - fraction) + upper * fraction
    }
  }
}

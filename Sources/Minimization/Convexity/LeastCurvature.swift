/// The point, of those tried, where the smallest eigenvalue of the Hessian is least.
public struct LeastCurvature: Hashable, Sendable {
  /// The point.
  public var point: [Double]
  /// The smallest eigenvalue there.
  public var smallestEigenvalue: Double
  /// The largest eigenvalue there.
  public var largestEigenvalue: Double

  /// Whether the Hessian has a negative eigenvalue there, so that the function is not convex.
  ///
  /// - Parameter tolerance: what counts as zero, as a fraction of the larger magnitude of the two eigenvalues.
  public func refutesConvexity(tolerance: Double = 1e-10) -> Bool {
    smallestEigenvalue < -tolerance * max(abs(smallestEigenvalue), abs(largestEigenvalue))
  }
}

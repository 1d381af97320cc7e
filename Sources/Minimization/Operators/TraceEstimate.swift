import Mistakes
import Randomness

/// A stochastic estimate of the trace of a symmetric operator.
public struct TraceEstimate: Hashable, Sendable {
  /// The mean of the probes.
  public var value: Double
  /// The standard error of the mean: the standard deviation of the probes, divided by the root of their number.
  ///
  /// Of few probes it is little known itself: the trace is within Student's quantile times it in 95 of 100 cases.
  public var standardError: Double
  /// The number of probes, ≥ 2.
  public var probeCount: Int

  /// Estimates the trace of an operator that is given by its products only.
  ///
  /// The mean of vᵀA v over probes v with elements ±1 of equal probability. Its expectation is the trace; the variance
  /// of a probe is twice the sum of the squares off the diagonal, so that a diagonal operator's trace is found exactly.
  ///
  /// Hutchinson: "A Stochastic Estimator of the Trace of the Influence Matrix for Laplacian Smoothing Splines", 1990,
  /// doi:10.1080/03610919008812866.
  ///
  /// - Parameters:
  ///   - dimension: n, ≥ 1.
  ///   - probeCount: ≥ 2, a product each.
  ///   - seed: names the probes.
  ///   - product: returns A v, n elements, for a v of n elements.
  /// - Throws: ``OperatorError/productNotFinite(product:)`` if a product is not finite, and what `product` throws.
  public init(
    dimension: Int, probeCount: Int, seed: UInt64, product: ([Double]) throws -> [Double]
  ) throws {
    require(probeCount >= 2, "given \(probeCount) probes but at least 2 needed for a standard error")
    let samples = try (0..<probeCount).map { probe in
      var random = Philox(seed: seed, purpose: .probe, 1, probe)
      let signs = (0..<dimension).map { _ in random.nextWord() & 1 == 0 ? 1.0 : -1 }
      return laneDot(signs, try OperatorError.checked(signs, number: probe + 1, product: product))
    }
    let count = Double(probeCount)
    let mean = samples.reduce(0, +) / count
    let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    value = mean
    standardError = (variance / count).squareRoot()
    self.probeCount = probeCount
  }
}

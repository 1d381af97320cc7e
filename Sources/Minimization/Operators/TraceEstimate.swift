import Mistakes
import Randomness

/// A stochastic estimate of the trace of a symmetric operator.
public struct TraceEstimate: Hashable, Sendable {
  /// The mean of the probes.
  public var value: Double
  /// The standard error of the mean: the standard deviation of the probes, divided by the root of their number.
  public var standardError: Double
  /// The number of probes, ≥ 2.
  public var probeCount: Int

  /// Half the width of the interval around ``value`` that holds the trace in 95 of 100 cases.
  ///
  /// The standard error times Student's quantile, since few probes tell their own spread badly: 12.7 for two, 2.26 for ten,
  /// 1.96 for very many. Where one eigenvalue far exceeds the others, probes are not normal, and it is 90 of 100 cases.
  public var halfWidth: Double { standardError * Self.studentQuantile(degreesOfFreedom: probeCount - 1) }

  /// The 97.5 % quantile of Student's distribution, to three decimals.
  ///
  /// Beyond ten degrees of freedom by its expansion about the normal distribution's: Abramowitz, Stegun: "Handbook of
  /// Mathematical Functions", 1964, 26.7.5.
  static func studentQuantile(degreesOfFreedom count: Int) -> Double {
    let first = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
    if count <= first.count { return first[count - 1] }
    let (z, n) = (1.959_964, Double(count))
    let cubic = (z * z * z + z) / 4
    let quintic = (((5 * z * z + 16) * z * z + 3) * z) / 96
    return z + cubic / n + quintic / (n * n)
  }

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

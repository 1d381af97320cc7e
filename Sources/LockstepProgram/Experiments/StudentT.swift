import Foundation

/// Student's t distribution.
///
/// Abramowitz and Stegun 1964, "Handbook of Mathematical Functions", 26.7.1 and 26.5.2; the continued fraction of the incomplete
/// beta function is 26.5.8, evaluated by Lentz's method.
package enum StudentT {
  /// The t that the magnitude of a variable stays below with a probability.
  ///
  /// - Parameters:
  ///   - probability: > 0, < 1, such as 0.95.
  ///   - degrees: the degrees of freedom, ≥ 1.
  /// - Returns: t > 0, to about 12 digits.
  package static func twoSidedQuantile(_ probability: Double, degrees: Int) -> Double {
    var (low, high) = (0.0, 1.0)
    while self.probability(ofMagnitudeBelow: high, degrees: degrees) < probability { high *= 2 }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if self.probability(ofMagnitudeBelow: middle, degrees: degrees) < probability {
        low = middle
      } else {
        high = middle
      }
    }
    return (low + high) / 2
  }

  /// The probability that the magnitude is below t.
  package static func probability(ofMagnitudeBelow t: Double, degrees: Int) -> Double {
    let n = Double(degrees)
    return 1 - incompleteBeta(n / (n + t * t), n / 2, 0.5)
  }

  /// The regularized incomplete beta function.
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 || x >= 1 { return max(0, min(1, x)) }
    // The fraction converges quickly on this side; the other follows by symmetry.
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
    let tiny = 1e-300
    var (fraction, c, d) = (1.0, 1.0, 0.0)
    for index in 0...1_000 {
      let m = Double(index / 2)
      let numerator =
        index == 0
        ? 1
        : index % 2 == 0
          ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
          : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 + numerator * d
      d = 1 / (abs(d) < tiny ? tiny : d)
      c = 1 + numerator / c
      c = abs(c) < tiny ? tiny : c
      fraction *= c * d
      if index > 0, abs(1 - c * d) < 1e-15 { break }
    }
    return front * (fraction - 1)
  }
}

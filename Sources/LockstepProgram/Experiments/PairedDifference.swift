import Foundation

/// How much an arm of a sweep differs from the base, trained on the same seeds.
package struct PairedDifference: Sendable {
  /// Arm less base, by seed.
  package let differences: [Double]
  /// Their mean.
  package let mean: Double
  /// The 95 % confidence interval of the mean, by Student's t distribution; nil with one seed.
  package let interval: ClosedRange<Double>?

  /// Compares the values of an arm with those of the base, seed by seed.
  package init(_ arm: [Double], base: [Double]) {
    differences = zip(arm, base).map { $0 - $1 }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    self.mean = mean
    guard differences.count > 1 else {
      interval = nil
      return
    }
    let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let half =
      StudentT.twoSidedQuantile(0.95, degrees: differences.count - 1) * (variance / count).squareRoot()
    interval = mean - half...mean + half
  }

  /// What may be said of the difference.
  package enum Verdict: String, Sendable {
    /// The values are the same for every seed.
    case none = "exactly 0 for every seed"
    /// The interval holds 0.
    case notShown = "no difference shown"
    /// The interval lies on one side of 0.
    case shown = "a difference is shown"
    /// One seed tells nothing of the spread.
    case unknown = "one seed shows no difference"
  }

  /// What may be said of the difference.
  package var verdict: Verdict {
    if differences.allSatisfy({ $0 == 0 }) { return .none }
    guard let interval else { return .unknown }
    return interval.contains(0) ? .notShown : .shown
  }
}

extension [Double] {
  /// The mean, and the standard deviation of a sample; the latter is 0 for one value.
  var spread: (mean: Double, deviation: Double) {
    let mean = reduce(0, +) / Double(count)
    guard count > 1 else { return (mean, 0) }
    let sum = reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (sum / Double(count - 1)).squareRoot())
  }
}

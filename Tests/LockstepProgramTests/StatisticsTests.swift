import Foundation
import LockstepProgram
import Testing

/// What sweeps say of differences.
@Suite struct StatisticsTests {
  /// `scipy.stats.t.ppf((1 + probability) / 2, degrees)`, SciPy 1.15.
  @Test(
    "quantiles of Student's t distribution are SciPy's",
    arguments: [
      (0.95, 1, 12.706204736174694), (0.95, 2, 4.302652729749462), (0.95, 4, 2.7764451051977934),
      (0.95, 9, 2.2621571628540993), (0.95, 29, 2.0452296421327034), (0.95, 1000, 1.9623390808264074),
      (0.5, 1, 1.0), (0.5, 3, 0.7648923284043453), (0.99, 4, 4.604094871415897),
      (0.999, 7, 5.407882520861748), (0.01, 5, 0.013175099735938785),
    ])
  func quantiles(probability: Double, degrees: Int, expected: Double) {
    let found = StudentT.twoSidedQuantile(probability, degrees: degrees)
    #expect(abs(found / expected - 1) < 1e-9, "\(found), not \(expected)")
  }

  @Test("the interval of a paired difference, by hand")
  func interval() throws {
    // Differences 1, 2, 3, 4, 5: mean 3, deviation √2.5, standard error √0.5.
    let difference = PairedDifference([2, 4, 6, 8, 10], base: [1, 2, 3, 4, 5])
    #expect(difference.mean == 3)
    let interval = try #require(difference.interval)
    let half = 2.7764451051977934 * 0.5.squareRoot()
    #expect(abs(interval.lowerBound - (3 - half)) < 1e-9 && abs(interval.upperBound - (3 + half)) < 1e-9)
    #expect(difference.verdict == .shown)
  }

  @Test("the verdict: 0 in the interval, equal values, one seed")
  func verdicts() {
    #expect(PairedDifference([1, 2, 3], base: [2, 1, 3.5]).verdict == .notShown)
    #expect(PairedDifference([1, 2, 3], base: [1, 2, 3]).verdict == .none)
    #expect(PairedDifference([1], base: [2]).verdict == .unknown)
    #expect(PairedDifference([1], base: [1]).verdict == .none)
    #expect(PairedDifference([1, 2, 3], base: [2, 3, 4]).verdict == .shown)
  }

  @Test("of the intervals 95 % hold the mean that the values were drawn with")
  func coverage() {
    var state: UInt64 = 7
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 9_007_199_254_740_992
    }
    var held = 0
    for _ in 0..<2_000 {
      // Box and Muller 1958.
      let values = (0..<4).map { _ in (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }
      let difference = PairedDifference(values, base: [0, 0, 0, 0])
      if difference.interval?.contains(0) ?? false { held += 1 }
    }
    // 95 % of 2,000 are 1,900, give or take 10.
    #expect((1_860...1_940).contains(held), "\(held)")
  }
}

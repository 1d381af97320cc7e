import Foundation

/// Median, minimum and maximum of some times, in seconds.
struct Spread {
  let median: Double
  let minimum: Double
  let maximum: Double

  /// Orders the times of one thing, at least one.
  init(_ seconds: [Double]) {
    let sorted = seconds.sorted()
    median = sorted[sorted.count / 2]
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
  }

  /// The three in microseconds.
  var microseconds: String {
    String(format: "%.1f (%.1f…%.1f)", 1e6 * median, 1e6 * minimum, 1e6 * maximum)
  }
}

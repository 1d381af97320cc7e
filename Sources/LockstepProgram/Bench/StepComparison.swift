import DataParallel
import Foundation
import MPI
import Records
import Reports

/// Training steps of a configuration beside those of changed ones, which take turns.
///
/// A machine's speed drifts; what happens in one round happens to all.
struct StepComparison {
  /// A configuration that takes part.
  struct Entry {
    /// What was changed, `KEY=VALUE`; nil for the configuration itself.
    var change: String?
    /// Whole steps of the slowest rank, in seconds.
    var seconds: Spread
    /// By round, the time of a step as a multiple of that of the configuration itself.
    var ratio: Spread
  }

  /// The configuration itself, then the changed ones.
  let entries: [Entry]

  /// Times rounds of one step each.
  ///
  /// Every rank must call this with equal arguments.
  init(
    _ configurations: [(change: String?, configuration: Configuration)], stepCount: Int, ranks: MPIRanks
  ) throws {
    let runners = try configurations.map { try StepRunner($0.configuration, ranks: ranks) }
    var seconds = runners.map { _ in [Double]() }
    for round in 0..<stepCount {
      // Each follows each as often as it can.
      for turn in runners.indices {
        let index = (turn + round) % runners.count
        let own = try runners[index].step()[0]
        seconds[index].append(try ranks.world.allReduce(own, .maximum))
      }
    }
    entries = configurations.indices.map { index in
      Entry(
        change: configurations[index].change, seconds: Spread(seconds[index]),
        ratio: Spread(zip(seconds[index], seconds[0]).map { $0 / $1 }))
    }
  }

  /// What is printed.
  var lines: [String] {
    entries.map { entry in
      (entry.change ?? "as configured")
        + String(
          format: ": median %.2f ms (%.2f…%.2f), %.4f of the time as configured", 1e3 * entry.seconds.median,
          1e3 * entry.seconds.minimum, 1e3 * entry.seconds.maximum, entry.ratio.median)
    }
  }

  /// The members of a JSON object for each entry.
  var members: [[(key: String, value: JSON)]] {
    entries.map { entry in
      [
        ("change", entry.change.map(JSON.text) ?? .null), ("seconds_median", .number(entry.seconds.median)),
        ("seconds_minimum", .number(entry.seconds.minimum)),
        ("seconds_maximum", .number(entry.seconds.maximum)), ("ratio_median", .number(entry.ratio.median)),
      ]
    }
  }
}

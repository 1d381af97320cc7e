import Foundation
import Records

/// The arms of a sweep beside one another.
struct SweepComparison {
  /// The base first; all arms have the same seeds in the same order.
  let arms: [(arm: SweepArm, results: [SweepResult])]

  /// The measures that all runs have.
  private var measures: [String] {
    SweepResult.measures.filter { name in
      arms.allSatisfy { $0.results.allSatisfy { $0.values[name] != nil } }
    }
  }

  private func values(_ measure: String, of arm: Int) -> [Double] {
    arms[arm].results.compactMap { $0.values[measure] }
  }

  /// A table for each measure.
  var lines: [String] {
    let width = max(4, arms.map(\.arm.name.count).max() ?? 0)
    func padded(_ text: String) -> String {
      text + String(repeating: " ", count: width - text.count)
    }
    return measures.flatMap { measure -> [String] in
      let title = measure.replacing("_", with: " ")
      return ["", "\(title), mean over \(counted(arms[0].results.count, "seed"))"]
        + [padded("arm") + "      mean  deviation  arm − base  95 % interval"]
        + arms.indices.map { index in
          let values = values(measure, of: index)
          let (mean, deviation) = values.spread
          let line = padded(arms[index].arm.name) + String(format: "  %8.5f   %8.5f", mean, deviation)
          guard index > 0 else { return line }
          let difference = PairedDifference(values, base: self.values(measure, of: 0))
          let interval =
            difference.interval.map { String(format: "%+.5f to %+.5f", $0.lowerBound, $0.upperBound) } ?? "–"
          return line + String(format: "    %+8.5f  ", difference.mean) + interval
            + "  \(difference.verdict.rawValue)"
        }
    }
  }

  /// The members of `sweep.json`.
  var members: [(key: String, value: JSON)] {
    [
      ("seeds", .list((arms.first?.results ?? []).map { .integer($0.seed) })),
      (
        "arms",
        .list(
          arms.indices.map { index in
            .object([
              ("name", .text(arms[index].arm.name)),
              ("changes", .list(arms[index].arm.changes.map(JSON.text))),
              ("runs", .list(arms[index].results.map(Self.json))),
              ("measures", .object(measures.map { ($0, json($0, of: index)) })),
            ])
          })
      ),
    ]
  }

  private static func json(_ result: SweepResult) -> JSON {
    .object([
      ("seed", .integer(result.seed)), ("output", .text(result.output)), ("digest", .text(result.digest)),
      (
        "values",
        .object(SweepResult.measures.compactMap { name in result.values[name].map { (name, .number($0)) } })
      ),
    ])
  }

  private func json(_ measure: String, of arm: Int) -> JSON {
    let values = values(measure, of: arm)
    let (mean, deviation) = values.spread
    var members: [(key: String, value: JSON)] = [("mean", .number(mean)), ("deviation", .number(deviation))]
    if arm > 0 {
      let difference = PairedDifference(values, base: self.values(measure, of: 0))
      members += [
        ("differences", .list(difference.differences.map(JSON.number))),
        ("mean_difference", .number(difference.mean)),
        (
          "interval",
          difference.interval.map { .list([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
        ),
        ("verdict", .text(difference.verdict.rawValue)),
      ]
    }
    return .object(members)
  }
}

import Foundation
import Reports

/// Runs that differ in their seeds alone: one curve, with the range of all around their mean.
struct ReportGroup {
  /// What the legend calls them.
  let name: String
  /// The colour of their curves.
  let color: Int
  let runs: [ReportedRun]

  /// Groups runs in the order of their first ones.
  static func groups(_ runs: [ReportedRun]) -> [ReportGroup] {
    var order: [String] = []
    var byExperiment: [String: [ReportedRun]] = [:]
    for run in runs {
      let key = run.experimentWithoutSeed
      if byExperiment[key] == nil { order.append(key) }
      byExperiment[key, default: []].append(run)
    }
    return order.enumerated().compactMap { index, key in
      guard let members = byExperiment[key], let first = members.first else { return nil }
      return ReportGroup(name: name(of: members, first.name), color: index, runs: members)
    }
  }

  private static func name(of runs: [ReportedRun], _ first: String) -> String {
    guard runs.count > 1 else { return first }
    // Seeds of one arm lie in one directory, which is called like the arm.
    let parents = Set(
      runs.map { URL(fileURLWithPath: $0.path).deletingLastPathComponent().standardizedFileURL })
    let name =
      parents.count == 1 && first.contains("/")
      ? first.split(separator: "/").dropLast().joined(separator: "/") : first
    return "\(name), \(counted(runs.count, "seed"))"
  }

  /// A curve of values that each run has at some positions; with several runs the mean, and the range of all.
  ///
  /// Only positions that all runs have come to are drawn.
  func curve(
    named whole: String? = nil, color: Int? = nil, isDashed: Bool = false, hasDots: Bool = false,
    _ values: (ReportedRun) -> [(x: Double, y: Double)]
  ) -> Plot.Curve? {
    let all = runs.map(values)
    guard let shortest = all.map(\.count).min(), shortest > 0 else { return nil }
    let (points, ranges) =
      all.count == 1 ? Self.thinned(all[0]) : Self.thinned(Self.merged(all, count: shortest))
    return Plot.Curve(
      whole ?? name, color: color ?? self.color, points: points, ranges: ranges,
      isDashed: isDashed, hasDots: hasDots && points.count <= 40)
  }

  private typealias Ranged = (x: Double, y: Double, low: Double, high: Double)

  private static func merged(_ all: [[(x: Double, y: Double)]], count: Int) -> [Ranged] {
    (0..<count).map { index in
      let values = all.map { $0[index].y }
      return (
        all[0][index].x, values.reduce(0, +) / Double(values.count), values.min() ?? .nan,
        values.max() ?? .nan
      )
    }
  }

  private static func thinned(_ points: [(x: Double, y: Double)]) -> (
    [(x: Double, y: Double)], [ClosedRange<Double>]
  ) {
    let (thin, ranges) = thinned(points.map { ($0.x, $0.y, $0.y, $0.y) })
    // Without anything left out a range would be a point.
    return (thin, thin.count == points.count ? [] : ranges)
  }

  /// At most so many points, each the mean of its neighbours, with the range of what it stands for.
  private static func thinned(_ points: [Ranged], most: Int = 240) -> (
    [(x: Double, y: Double)], [ClosedRange<Double>]
  ) {
    let stride = max(1, (points.count + most - 1) / most)
    var thin: [(x: Double, y: Double)] = []
    var ranges: [ClosedRange<Double>] = []
    for start in Swift.stride(from: 0, to: points.count, by: stride) {
      let part = points[start..<min(start + stride, points.count)]
      let mean = part.reduce(0) { $0 + $1.y } / Double(part.count)
      let (low, high) = (part.map(\.low).min() ?? mean, part.map(\.high).max() ?? mean)
      thin.append((part[part.startIndex + part.count / 2].x, mean))
      // Numbers that are not finite have no place, nor an order.
      ranges.append(low <= high ? low...high : mean.isNaN ? 0...0 : mean...mean)
    }
    return (thin, ranges)
  }
}

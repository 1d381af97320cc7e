import Foundation
import Reports

/// The table of points on standard output: all of a short run, few of a long one.
///
/// Of points 1 to 10 all are shown, up to 100 every tenth, up to 1000 every hundredth, and so on, and the last. Where
/// that leaves the user waiting, a line of progress comes in between.
struct TrajectoryTable {
  private static let patience = 5.0

  private let print: (String) throws -> Void
  private let stepLimit: Int
  private let stepsPerEpoch: Int?
  private var count = 0
  private var lineSeconds = 0.0
  /// The newest point, if it is not in the table.
  private var pending: TrajectoryPoint?

  /// Makes a table of at most `stepLimit` steps, which hands its lines to `print`; `stepsPerEpoch` is nil where there are no
  /// epochs.
  init(stepLimit: Int, stepsPerEpoch: Int?, print: @escaping (String) throws -> Void) {
    self.print = print
    self.stepLimit = stepLimit
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Takes a point that was reached after so many seconds.
  mutating func add(_ point: TrajectoryPoint, seconds: Double) throws {
    if count == 0 { try header(point) }
    if Self.isDue(count) {
      try row(point)
      pending = nil
      lineSeconds = seconds
    } else {
      pending = point
      if seconds - lineSeconds > Self.patience {
        try print(
          String(
            format: "step %d of %d  value %.6g  %.0f s", point.step, stepLimit, point.value, seconds))
        lineSeconds = seconds
      }
    }
    count += 1
  }

  /// Shows the last point, if it was not shown.
  mutating func finish() throws {
    if let pending { try row(pending) }
    pending = nil
  }

  /// Whether a point, counted from 0, is one of those that are shown.
  static func isDue(_ index: Int) -> Bool {
    var unit = 1
    while unit * 10 <= index { unit *= 10 }
    return index % unit == 0
  }

  private func header(_ point: TrajectoryPoint) throws {
    let (residual, length) =
      switch point.measures {
      case .gradient: ("gradient norm", "step length")
      case .constrained: ("KKT residual", "penalty")
      }
    try line("step", epoch: "epoch", "value", residual, length, "x")
  }

  private func row(_ point: TrajectoryPoint) throws {
    let (residual, length) = point.columns
    try line(
      "\(point.step)", epoch: stepsPerEpoch.map { Self.number(Double(point.step) / Double($0), digits: 5) },
      Self.number(point.value, digits: 12), Self.number(residual, digits: 4),
      Self.number(length, digits: 6), Self.vector(point.x))
  }

  private func line(
    _ step: String, epoch: String?, _ value: String, _ residual: String, _ length: String, _ x: String
  ) throws {
    var columns = [(step, 8)]
    if stepsPerEpoch != nil { columns.append((epoch ?? "", 8)) }
    columns += [(value, 18), (residual, 14), (length, 12)]
    let padded = columns.map { text, width in
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    try print(padded.joined(separator: " ") + "  \(x)")
  }

  private static func number(_ value: Double, digits: Int) -> String {
    String(format: "%.\(digits)g", value)
  }

  /// The first coordinates in few digits.
  private static func vector(_ values: [Double]) -> String {
    let shown = values.prefix(4).map { number($0, digits: 6) }
    return "[" + (shown + (values.count > shown.count ? ["…"] : [])).joined(separator: ", ") + "]"
  }
}

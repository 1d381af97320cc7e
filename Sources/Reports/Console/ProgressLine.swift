import Foundation

/// What the changing line of a training says.
package struct ProgressLine: Sendable {
  package var epoch: Int
  package var epochs: Int
  /// The step of the epoch, and how many it has.
  package var step: Int
  package var steps: Int
  package var loss = 0.0
  package var accuracy = 0.0
  package var imagesPerSecond = 0.0
  /// Until the end of the run; nil before anything is known.
  package var secondsLeft: Double?
  /// Of the coordinator and of the slowest rank, how long they compute in a step; nil on one rank.
  package var busy: (coordinator: Double, rank: Int, slowest: Double)?

  /// Makes the line of a step of an epoch.
  package init(epoch: Int, epochs: Int, step: Int, steps: Int) {
    (self.epoch, self.epochs, self.step, self.steps) = (epoch, epochs, step, steps)
  }

  /// The longest of several forms that fits.
  ///
  /// - Parameter columns: how many characters there is room for.
  package func text(columns: Int) -> String {
    for form in forms {
      let room = columns - form.head.count - form.tail.count - 4
      guard room >= form.leastBar else { continue }
      let bar =
        form.leastBar == 0 ? "" : "  " + ProgressBar.bar(Double(step) / Double(steps), columns: min(room, 40))
      return form.head + bar + "  " + form.tail
    }
    return String((forms.last?.tail ?? "").prefix(columns))
  }

  private struct Form {
    var head: String
    var tail: String
    /// The fewest columns of the bar; 0 for none.
    var leastBar: Int
  }

  private var forms: [Form] {
    let head = "epoch \(epoch)/\(epochs)  step \(step)/\(steps)"
    let loss = String(format: "%.4f", loss)
    let accuracy = String(format: "%.4f", accuracy)
    let rate = Self.rate(imagesPerSecond)
    let left = secondsLeft.map { "  \(Self.time($0)) left" } ?? ""
    let long = "loss \(loss)  accuracy \(accuracy)  \(rate) images/s"
    let short = "loss \(loss)  acc \(accuracy)  \(rate)/s"
    return [
      Form(head: head, tail: long + busyText + left, leastBar: 6),
      Form(head: head, tail: long + left, leastBar: 10),
      Form(head: head, tail: "loss \(loss)  acc \(accuracy)  \(rate) images/s" + left, leastBar: 10),
      Form(head: head, tail: short + left, leastBar: 6),
      Form(head: "\(epoch)/\(epochs)  \(step)/\(steps)", tail: short + left, leastBar: 0),
      Form(head: "\(epoch)/\(epochs)  \(step)/\(steps)", tail: "loss \(loss)", leastBar: 0),
    ]
  }

  private var busyText: String {
    guard let busy else { return "" }
    let own = "  busy \(SecondsText.short(busy.coordinator))"
    return busy.rank == 0
      ? own + " (slowest)" : own + ", rank \(busy.rank) \(SecondsText.short(busy.slowest))"
  }

  private static func rate(_ value: Double) -> String {
    String(format: value < 9.95 ? "%.1f" : "%.0f", value)
  }

  /// Minutes and seconds, with hours or days where there are any.
  private static func time(_ seconds: Double) -> String {
    guard seconds < 1e8 else { return "years" }
    let whole = Int(seconds.rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    if hours >= 48 { return "\(hours / 24) d \(hours % 24) h" }
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
      : String(format: "%d:%02d", minutes, whole % 60)
  }
}

/// How much of something is done, as a bar.
package enum ProgressBar {
  /// A label with a bar behind it.
  ///
  /// - Parameters:
  ///   - done: how much of `total` is done.
  ///   - columns: how many characters there is room for.
  package static func text(_ label: String, _ done: Int, of total: Int, columns: Int) -> String {
    let room = min(40, columns - label.count - 2)
    guard room >= 6, total > 0 else { return String(label.prefix(columns)) }
    return label + "  " + bar(Double(done) / Double(total), columns: room)
  }

  /// A bar of so many characters.
  static func bar(_ share: Double, columns: Int) -> String {
    let filled = Int((min(max(share, 0), 1) * Double(columns)).rounded())
    return String(repeating: "━", count: filled) + String(repeating: "┄", count: columns - filled)
  }
}

/// Durations in a few characters.
enum SecondsText {
  /// Three digits with the unit that suits them, such as `12.3 ms`.
  static func short(_ seconds: Double) -> String {
    for (unit, factor) in [("s", 1.0), ("ms", 1e3), ("µs", 1e6)] where seconds * factor >= 1 {
      let value = seconds * factor
      return String(format: value < 9.995 ? "%.2f " : value < 99.95 ? "%.1f " : "%.0f ", value) + unit
    }
    return String(format: "%.2f µs", seconds * 1e6)
  }
}

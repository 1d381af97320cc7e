import Foundation
package import Training

/// The scores of a data set as lines of text.
package enum ScoreTable {
  /// With more classes than these the table shows the best and the worst.
  private static let mostClasses = 30

  /// A table of the classes and the most frequent mistakes, or what is told of each value.
  package static func lines(of scores: DataScores) -> [String] {
    if let classes = scores.classes { return lines(of: classes, names: scores.classNames) }
    return scores.values.map(lines) ?? []
  }

  private static func lines(of scores: ClassScores, names: [String]?) -> [String] {
    func name(_ index: Int) -> String { names.map { $0[index] } ?? "class \(index)" }
    var rows = Array(scores.classes.enumerated())
    var omitted = 0
    if rows.count > mostClasses {
      // Who has so many looks for those that go wrong.
      rows = rows.filter { $0.element.samples > 0 }.sorted {
        ($0.element.f1 ?? 0, $0.offset) < ($1.element.f1 ?? 0, $1.offset)
      }
      omitted = max(0, rows.count - mostClasses)
      rows = Array(rows.prefix(mostClasses))
    }
    let width = max(8, rows.map { name($0.offset).count }.max() ?? 0)
    func padded(_ text: String) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    func part(_ value: Double?) -> String { value.map { String(format: "%9.4f", $0) } ?? "        –" }
    var lines = [padded("test") + "  samples  precision     recall         F1"]
    for (index, row) in rows {
      lines.append(
        padded(name(index)) + String(format: "  %7d  ", row.samples) + part(row.precision) + "  "
          + part(row.recall) + "  " + part(row.f1))
    }
    if omitted > 0 { lines.append("… and \(omitted) more classes, whose F1 is larger") }
    var summary = String(format: "top-1 accuracy %.4f", scores.accuracy)
    if let five = scores.topFiveAccuracy { summary += String(format: "  top-5 %.4f", five) }
    summary += String(format: "  mean recall %.4f  mean F1 %.4f", scores.meanRecall, scores.macroF1)
    lines.append(summary)
    let mistakes = scores.mistakes(atMost: 3)
    if !mistakes.isEmpty {
      lines.append(
        "most frequent mistakes: "
          + mistakes.map { "\(name($0.label)) taken for \(name($0.answer)) (\($0.count))" }
          .joined(separator: ", "))
    }
    return lines
  }

  private static func lines(of scores: ValueScores) -> [String] {
    let outputs = scores.determinations.indices.map { index in
      let determination = scores.determinations[index].map { String(format: "R² %.4f", $0) } ?? "R² –"
      return determination
        + String(
          format: "  mean squared error %.6g  mean absolute error %.6g", scores.meanSquaredErrors[index],
          scores.meanAbsoluteErrors[index])
    }
    return outputs.count == 1 ? ["test  \(outputs[0])"] : outputs.enumerated().map { "output \($0)  \($1)" }
  }
}

package import Records
package import Training

/// The scores of a data set as members of a JSON object, each key of one type.
package enum ScoreMembers {
  /// With more classes than these a matrix is too long for a line, and is left out.
  package static let mostClassesOfMatrix = 100

  /// What there is beside loss, accuracy and samples.
  package static func members(of scores: DataScores) -> [(key: String, value: JSON)] {
    if let classes = scores.classes { return members(of: classes, names: scores.classNames) }
    return scores.values.map(members) ?? []
  }

  private static func members(
    of scores: ClassScores, names: [String]?
  ) -> [(key: String, value: JSON)] {
    let classes = scores.classes
    func list(_ value: (ClassScores.Class) -> Double?) -> JSON { .list(classes.map { number(value($0)) }) }
    return (scores.topFiveAccuracy.map { [("top5_accuracy", .number($0))] } ?? [])
      + [("macro_f1", .number(scores.macroF1)), ("balanced_accuracy", .number(scores.meanRecall))]
      + (names.map { [("classes", .list($0.map(JSON.text)))] } ?? [])
      + [("precision", list(\.precision)), ("recall", list(\.recall)), ("f1", list(\.f1))]
      + (scores.classCount > mostClassesOfMatrix
        ? [] : [("confusion", .list(scores.confusion.map { .list($0.map(JSON.integer)) }))])
  }

  private static func members(of scores: ValueScores) -> [(key: String, value: JSON)] {
    [
      ("r2", number(scores.meanDetermination)),
      ("r2_by_output", .list(scores.determinations.map(number))),
      ("mean_squared_error", .list(scores.meanSquaredErrors.map(JSON.precise))),
      ("mean_absolute_error", .list(scores.meanAbsoluteErrors.map(JSON.precise))),
    ]
  }

  private static func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
}

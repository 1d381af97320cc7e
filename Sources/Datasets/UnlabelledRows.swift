/// Rows of tables as features of a model, whose answers are not known.
public struct UnlabelledRows: Sendable {
  /// The features, brought to the scale of those that the model was trained on; labels or targets are zeros.
  public let samples: InMemorySamples
  /// By sample, its file and the line there, such as `wings.csv:3`.
  public let names: [String]

  /// Reads tables.
  ///
  /// - Parameters:
  ///   - paths: the files, at least one; they may be gzipped.
  ///   - featureCount: the number of features that the model takes.
  ///   - featureNames: their names; where a file has a header, its columns are found by them, and others, such as the target's,
  ///     are passed over. Without names or header the columns must be the features.
  ///   - scale: what the features were brought to a common scale by.
  ///   - target: what the model answers.
  /// - Throws: `DatasetError` that names file, row and column of what is wrong.
  public init(
    paths: [String], featureCount: Int, featureNames: [String]?, scale: Standardization?, target: SampleTarget
  ) throws(DatasetError) {
    var inputs: [Float] = []
    var names: [String] = []
    for path in paths {
      var input = try GzipInput(path: path)
      var reader = try TableReader(text: input.read(.max), file: path)
      let header = try reader.columnNames()
      var columns: [Int]?
      while let row = try reader.next() {
        let chosen: [Int]
        if let columns {
          chosen = columns
        } else {
          chosen = try Self.columns(
            featureCount, featureNames, header: header, columnCount: row.cells.count, file: path)
        }
        columns = chosen
        for (feature, column) in chosen.enumerated() {
          let number = try reader.number(in: row, column: column)
          let scaled = Float(scale.map { (number - $0.mean[feature]) / $0.deviation[feature] } ?? number)
          guard scaled.isFinite else {
            throw .unusable(
              file: path,
              problem: "row \(row.number), column \(column + 1): \(number) is out of the range of float32")
          }
          inputs.append(scaled)
        }
        names.append("\(path):\(row.number)")
      }
      guard columns != nil else { throw .noRows(file: path) }
    }
    self.names = names
    samples =
      switch target {
      case .classes(let count):
        InMemorySamples(
          inputs: inputs, shape: [featureCount], labels: names.map { _ in 0 }, classes: count)
      case .values(let count):
        InMemorySamples(
          inputs: inputs, shape: [featureCount],
          targets: [Float](repeating: 0, count: names.count * count), targetCount: count)
      }
  }

  /// By feature, the column that it stands in.
  private static func columns(
    _ featureCount: Int, _ featureNames: [String]?, header: [String]?, columnCount: Int, file: String
  ) throws(DatasetError) -> [Int] {
    guard let featureNames, let header else {
      guard columnCount == featureCount else {
        let target = columnCount == featureCount + 1 ? "; leave out the column of the target" : ""
        throw .unusable(
          file: file,
          problem:
            "has \(counted(columnCount, "column")), but the model takes \(counted(featureCount, "feature"))"
            + target)
      }
      return Array(0..<columnCount)
    }
    var columns: [Int] = []
    for name in featureNames {
      guard let column = header.firstIndex(of: name) else {
        throw .unusable(
          file: file, problem: "has no column \(DatasetError.excerpt(name)), which the model takes")
      }
      columns.append(column)
    }
    return columns
  }
}

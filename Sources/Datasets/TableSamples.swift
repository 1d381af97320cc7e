import Mistakes
import Randomness

/// How the rows of a table become samples: a column that a model is to answer, and the others as its features.
public struct TableSamples: Sendable {
  /// What a model is to answer.
  public enum Task: String, CaseIterable, Sendable {
    /// One of several classes: integers from 0, or names, which are sorted.
    case classification
    /// A number.
    case regression
  }

  /// Which columns are brought to mean 0 and variance 1 (of the population) over the training samples.
  public enum Standardized: String, CaseIterable, Sendable {
    /// None.
    case none
    /// All but the target.
    case features
    /// The target, too; of regressions.
    case all
  }

  /// Where the samples for testing come from.
  public enum Test: Hashable, Sendable {
    /// From another file with the same columns.
    case file(String)
    /// This share of the rows, more than 0 and less than 1, drawn by the seed.
    case fraction(Double, seed: UInt64)
  }

  /// The file of all samples, or of those for training.
  public var path: String
  /// Where the samples for testing come from.
  public var test: Test
  /// The column of the targets.
  public var target: TableColumn
  /// What the targets are.
  public var task: Task
  /// Which columns are standardized.
  public var standardized: Standardized

  /// Describes the samples; nothing is read yet.
  public init(
    path: String, test: Test, target: TableColumn = .last, task: Task = .classification,
    standardized: Standardized = .none
  ) {
    if case .fraction(let fraction, _) = test {
      require(fraction > 0 && fraction < 1, "\(fraction) is no share of the rows for testing")
    }
    require(standardized != .all || task == .regression, "classes cannot be standardized")
    (self.path, self.test, self.target) = (path, test, target)
    (self.task, self.standardized) = (task, standardized)
  }

  /// Reads a split.
  ///
  /// Both splits are read to find the classes, and means and deviations are those of the training samples, in the order of
  /// the file's rows.
  ///
  /// - Throws: `DatasetError` that names file, row and column of what is wrong.
  public func load(_ split: DatasetSplit) throws(DatasetError) -> InMemorySamples {
    let main = try TargetTable(path: path, target: target)
    let tables: [TargetTable]
    let rows: (train: [Int], test: [Int])
    switch test {
    case .file(let testPath):
      let other = try TargetTable(path: testPath, target: target)
      try Self.requireEqualColumns(main.table, other.table)
      tables = [main, other]
      rows = (Array(0..<main.table.rowCount), Array(0..<other.table.rowCount))
    case .fraction(let fraction, let seed):
      tables = [main]
      rows = try Self.split(main.table, fraction: fraction, seed: seed)
    }
    let classes = task == .classification ? try TableClasses(of: tables) : nil
    if task == .regression {
      for table in tables {
        if let row = table.targets.firstIndex(where: { TableReader.number(Array($0.utf8)[...]) == nil }) {
          throw table.error(ofRow: row, "is not a number; expected a finite one, such as -1.5 or 2e-3")
        }
      }
    }
    let (source, chosen) = split == .train ? (main, rows.train) : (tables[tables.count - 1], rows.test)
    var table = source.table.rows(chosen)
    let features = main.featureColumns
    let featureNames = main.table.columnNames.map { names in features.map { names[$0] } }
    var scales: (input: Standardization?, target: Standardization?) = (nil, nil)
    if standardized != .none {
      let columns = standardized == .all ? nil : features
      let scale = try Standardization(of: main.table.rows(rows.train), columns: columns)
      table = scale.applied(to: table)
      scales = (scale.columns(features), standardized == .all ? scale.columns([main.targetColumn]) : nil)
    }
    var inputs: [Float] = []
    inputs.reserveCapacity(chosen.count * features.count)
    for row in chosen.indices {
      for column in features {
        inputs.append(try Self.single(table[row, column], source, chosen[row], column))
      }
    }
    if let classes {
      let labels = classes.labels(of: source)
      return InMemorySamples(
        inputs: inputs, shape: [features.count], labels: chosen.map { labels[$0] }, classes: classes.count
      ).described(
        classNames: classes.names, featureNames: featureNames, inputScale: scales.input, targetScale: nil)
    }
    var targets: [Float] = []
    for row in chosen.indices {
      targets.append(try Self.single(table[row, main.targetColumn], source, chosen[row], main.targetColumn))
    }
    return InMemorySamples(inputs: inputs, shape: [features.count], targets: targets, targetCount: 1)
      .described(
        classNames: nil, featureNames: featureNames, inputScale: scales.input, targetScale: scales.target)
  }

  /// The rows of both splits, each in the order of the file.
  private static func split(
    _ table: NumberTable, fraction: Double, seed: UInt64
  ) throws(DatasetError) -> (train: [Int], test: [Int]) {
    guard table.rowCount > 1 else {
      throw .unusable(
        file: table.file, problem: "has one row; at least 2 needed, for training and for testing")
    }
    guard UInt32(exactly: table.rowCount) != nil else {
      throw .unusable(file: table.file, problem: "has \(table.rowCount) rows, more than can be shuffled")
    }
    var random = Philox(seed: seed, purpose: .split)
    let order = random.permutation(count: table.rowCount)
    let testCount = min(max(Int((fraction * Double(table.rowCount)).rounded()), 1), table.rowCount - 1)
    return (order[testCount...].map { Int($0) }.sorted(), order[..<testCount].map { Int($0) }.sorted())
  }

  private static func requireEqualColumns(_ train: NumberTable, _ test: NumberTable) throws(DatasetError) {
    guard train.columnCount == test.columnCount else {
      throw .unusable(
        file: test.file,
        problem: "has \(counted(test.columnCount, "column")), but \(train.file) has \(train.columnCount)")
    }
    guard let names = train.columnNames, let others = test.columnNames else { return }
    if let column = names.indices.first(where: { names[$0] != others[$0] }) {
      throw .unusable(
        file: test.file,
        problem: "column \(column + 1) is \(DatasetError.quoted(others[column])), but in \(train.file) it is "
          + DatasetError.quoted(names[column]))
    }
  }

  /// A number in single precision.
  ///
  /// - Throws: `DatasetError` if it is too large for that.
  private static func single(
    _ number: Double, _ table: TargetTable, _ row: Int, _ column: Int
  ) throws(DatasetError) -> Float {
    let single = Float(number)
    guard single.isFinite else {
      throw .unusable(
        file: table.table.file,
        problem: "row \(table.rowNumbers[row]), column \(column + 1): \(number) is out of the range of "
          + "float32")
    }
    return single
  }
}

/// A table of numbers, one column of which is what a model is to answer: numbers, or the names of classes.
struct TargetTable {
  /// All columns; the column of the targets holds their numbers, or zeros where they are names.
  var table: NumberTable
  /// The position of the column of the targets, from 0.
  let targetColumn: Int
  /// What stands in it, row by row.
  private(set) var targets: [String] = []
  /// The line of the file that each row begins in, from 1.
  private(set) var rowNumbers: [Int] = []

  /// Reads a file, as `NumberTable` does.
  ///
  /// - Parameters:
  ///   - path: the file; it may be gzipped.
  ///   - target: the column of the targets.
  /// - Throws: `DatasetError`, as `NumberTable.init(path:)` does; in the column of the targets only a cell that is empty or
  ///   stands for a missing value is a mistake.
  init(path: String, target: TableColumn) throws(DatasetError) {
    var input = try GzipInput(path: path)
    var reader = try TableReader(text: input.read(.max), file: path)
    let names = try reader.columnNames()
    var targetColumn: Int?
    var columnCount = 0
    var values: [Double] = []
    while let row = try reader.next() {
      columnCount = row.cells.count
      let index: Int
      if let targetColumn {
        index = targetColumn
      } else {
        guard columnCount > 1 else {
          throw .unusable(file: path, problem: "has one column; expected features and a target")
        }
        index = try target.index(names: names, columnCount: columnCount, file: path)
        targetColumn = index
      }
      for column in row.cells.indices {
        guard column == index else {
          values.append(try reader.number(in: row, column: column))
          continue
        }
        let cell = row.cells[column]
        guard !cell.bytes.isEmpty, !TableReader.missing.contains(cell.text) else {
          throw .unusable(
            file: path,
            problem:
              "row \(row.number), column \(column + 1): \(DatasetError.quoted(cell.text)) is no target; "
              + "expected a class or a number")
        }
        values.append(TableReader.number(cell.bytes) ?? 0)
        targets.append(cell.text)
      }
      rowNumbers.append(row.number)
    }
    guard let targetColumn else { throw .noRows(file: path) }
    self.targetColumn = targetColumn
    table = NumberTable(values: values, columnCount: columnCount, columnNames: names, file: path)
  }

  /// The positions of all other columns.
  var featureColumns: [Int] { (0..<table.columnCount).filter { $0 != targetColumn } }

  /// The error that the target of a row is not right.
  func error(ofRow row: Int, _ problem: String) -> DatasetError {
    .unusable(
      file: table.file,
      problem:
        "row \(rowNumbers[row]), column \(targetColumn + 1): \(DatasetError.quoted(targets[row])) \(problem)")
  }
}

extension NumberTable {
  /// Some of the rows, in the order given; at least one.
  func rows(_ rows: [Int]) -> NumberTable {
    NumberTable(
      values: rows.flatMap { values[($0 * columnCount)..<(($0 + 1) * columnCount)] },
      columnCount: columnCount,
      columnNames: columnNames, file: file)
  }
}

import Mistakes

/// A table of numbers, held in memory as `Double`.
///
/// ```swift
/// let table = try NumberTable(path: "airfoil_self_noise.dat")
/// let standardized = try Standardization(of: table).applied(to: table)
/// ```
public struct NumberTable: Equatable, Sendable {
  /// The file that the numbers came from, for error messages.
  public let file: String
  /// The names in the header line, one a column; nil if there is no such line.
  public let columnNames: [String]?
  /// The number of rows, at least 1.
  public let rowCount: Int
  /// The number of columns, at least 1.
  public let columnCount: Int
  /// The numbers: [row, column], row-major.
  public let values: [Double]

  /// Makes a table of numbers that were already checked.
  ///
  /// - Parameters:
  ///   - values: [row, column], row-major, finite; at least one row.
  ///   - columnCount: the number of columns, at least 1.
  ///   - columnNames: a name for each column, or nil.
  ///   - file: what error messages call the table.
  public init(values: [Double], columnCount: Int, columnNames: [String]? = nil, file: String) {
    require(
      columnCount >= 1 && !values.isEmpty && values.count % columnCount == 0,
      "\(values.count) numbers are not whole rows of \(columnCount) columns")
    require(
      columnNames == nil || columnNames?.count == columnCount,
      "\(columnNames?.count ?? 0) names for \(columnCount) columns")
    self.file = file
    self.columnNames = columnNames
    self.columnCount = columnCount
    self.values = values
    rowCount = values.count / columnCount
  }

  /// The number at a place; rows and columns count from 0.
  public subscript(row: Int, column: Int) -> Double {
    require(
      (0..<rowCount).contains(row) && (0..<columnCount).contains(column),
      "no row \(row), column \(column) in a table of \(rowCount)×\(columnCount)")
    return values[row * columnCount + column]
  }

  /// The numbers of a column, from the first row to the last; columns count from 0.
  public func column(_ column: Int) -> [Double] {
    (0..<rowCount).map { self[$0, column] }
  }
}

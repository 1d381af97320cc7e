import Mistakes

/// The map (x − mean) ÷ deviation of each column of a table, after which columns have mean 0 and variance 1.
///
/// The deviation is that of the population, √(Σ(x − mean)² / rows). Both are sums in the order of the rows.
public struct Standardization: Equatable, Sendable {
  /// The mean of each column.
  public let mean: [Double]
  /// The population standard deviation of each column, positive.
  public let deviation: [Double]

  /// Measures the columns of a table.
  ///
  /// - Parameters:
  ///   - table: the rows to take mean and deviation over; the map may be applied to others too.
  ///   - columns: the columns to change, from 0; the others keep mean 0 and deviation 1. All by default.
  /// - Throws: `DatasetError.noDeviation` if a column is constant, or so large or small that the squares of
  ///   its values are out of range.
  public init(of table: NumberTable, columns: [Int]? = nil) throws(DatasetError) {
    var (means, deviations): ([Double], [Double]) = ([], [])
    let rowCount = Double(table.rowCount)
    for index in 0..<table.columnCount {
      guard columns?.contains(index) ?? true else {
        means.append(0)
        deviations.append(1)
        continue
      }
      let column = table.column(index)
      let mean = column.reduce(0, +) / rowCount
      let deviation = (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / rowCount).squareRoot()
      let (lowest, highest) = (column.min() ?? 0, column.max() ?? 0)
      // The mean of equal numbers may differ from them in its last bit: the deviation alone would not tell.
      guard lowest < highest, deviation > 0, deviation.isFinite else {
        throw .noDeviation(file: table.file, column: index + 1, lowest: lowest, highest: highest)
      }
      means.append(mean)
      deviations.append(deviation)
    }
    (mean, deviation) = (means, deviations)
  }

  /// The table of the standardized numbers.
  ///
  /// - Parameter table: a table with as many columns as the one that was measured.
  public func applied(to table: NumberTable) -> NumberTable {
    require(
      table.columnCount == mean.count, "given \(table.columnCount) columns but \(mean.count) needed")
    let values = table.values.enumerated().map { index, value in
      (value - mean[index % mean.count]) / deviation[index % mean.count]
    }
    return NumberTable(
      values: values, columnCount: table.columnCount, columnNames: table.columnNames, file: table.file)
  }
}

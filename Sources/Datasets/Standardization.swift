import Mistakes

/// The map (x − mean) ÷ deviation of each column of a table, or of each channel of images: after that of a table's own columns
/// they have mean 0 and variance 1.
public struct Standardization: Equatable, Sendable {
  /// The mean of each column.
  public let mean: [Double]
  /// The standard deviation of each column, positive.
  public let deviation: [Double]

  /// Makes the map of given numbers.
  ///
  /// - Parameters:
  ///   - mean: the means, one a column or channel.
  ///   - deviation: as many deviations, each positive.
  public init(mean: [Double], deviation: [Double]) {
    require(
      mean.count == deviation.count, "\(mean.count) means and \(deviation.count) deviations do not pair")
    require(
      deviation.allSatisfy { $0.isFinite && $0 > 0 }, "deviations \(deviation) are not all positive")
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// The map that a normalization is.
  init(_ normalization: Normalization) {
    self.init(mean: normalization.mean.map(Double.init), deviation: normalization.deviation.map(Double.init))
  }

  /// Measures the columns of a table.
  ///
  /// The deviation is that of the population, √(Σ(x − mean)² / rows). Both are sums in the order of the rows.
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

  /// The maps of some of the columns.
  package func columns(_ columns: [Int]) -> Standardization {
    Standardization(mean: columns.map { mean[$0] }, deviation: columns.map { deviation[$0] })
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

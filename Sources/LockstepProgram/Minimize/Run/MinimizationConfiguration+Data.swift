package import Datasets
package import Minimization
import Mistakes

/// The rows of a table as samples of a regression.
package struct RegressionSamples {
  /// The rows that it is fitted to.
  package let data: RegressionData
  /// The rows behind them, if there are any.
  package let heldOut: RegressionData?
  /// What the features were standardized by; nil where they are as in the table.
  package let inputScale: Standardization?
  /// What the targets were standardized by; nil where they are as in the table.
  package let targetScale: Standardization?
  /// By feature, what it was multiplied by after that.
  package let factors: [Double]
  /// The names of the features; nil without a header.
  package let featureNames: [String]?
}

extension MinimizationConfiguration.Samples {
  /// Reads the table.
  ///
  /// - Throws: `DatasetError` that names row and column.
  package func table() throws -> NumberTable { try NumberTable(path: path) }

  /// The samples of a table: `data.rows` of them to fit, the others held out.
  ///
  /// - Throws: `UserMistake` if the table has no such rows or columns; `DatasetError` if a column cannot be standardized.
  package func regressionData(of table: NumberTable) throws -> RegressionSamples {
    let rowCount = rows ?? table.rowCount
    guard rowCount <= table.rowCount else {
      throw UserMistake("\(path): data.rows: \(rowCount) is more than the \(table.rowCount) rows of the file")
    }
    let target = try targetIndex(in: table)
    let featureCount = table.columnCount - 1
    let scales = scaleColumns ?? [Double](repeating: 1, count: featureCount)
    guard scales.count == featureCount else {
      throw UserMistake(
        "\(path): data.scale_columns: has \(scales.count) factors, but the file has \(featureCount) features")
    }
    let columns = (0..<table.columnCount).filter { $0 != target }
    let scale =
      switch standardize {
      case .none: nil as Standardization?
      case .features: try Standardization(of: table, columns: columns)
      case .all: try Standardization(of: table)
      }
    let standardized = scale?.applied(to: table) ?? table
    func data(_ rows: Range<Int>) throws -> RegressionData {
      try RegressionData(
        features: rows.flatMap { row in
          zip(columns, scales).map { column, scale in standardized[row, column] * scale }
        }, featureCount: featureCount, targets: rows.map { standardized[$0, target] })
    }
    do {
      return RegressionSamples(
        data: try data(0..<rowCount),
        heldOut: rowCount < table.rowCount ? try data(rowCount..<table.rowCount) : nil,
        inputScale: scale?.columns(columns),
        targetScale: standardize == .all ? scale?.columns([target]) : nil,
        factors: scales, featureNames: table.columnNames.map { names in columns.map { names[$0] } })
    } catch MinimizationError.featureNotFinite(let sample, let feature, let value) {
      throw UserMistake(
        "\(path): data.scale_columns: makes feature \(feature + 1) of sample \(sample + 1) \(value), expected smaller "
          + "factors")
    } catch {
      throw UserMistake("\(path): \(error)")
    }
  }

  private func targetIndex(in table: NumberTable) throws(UserMistake) -> Int {
    switch target {
    case nil: return table.columnCount - 1
    case .number(let number)?:
      guard number <= table.columnCount else {
        throw UserMistake(
          "\(path): data.target: found \(number), but the file has \(table.columnCount) columns")
      }
      return number - 1
    case .name(let name)?:
      guard let names = table.columnNames else {
        throw UserMistake(
          "\(path): data.target: found \(name), but the file has no header line; expected a column's number")
      }
      guard let index = names.firstIndex(of: name) else {
        throw UserMistake(
          "\(path): data.target: found \(name), expected one of \(names.joined(separator: ", "))")
      }
      return index
    }
  }
}

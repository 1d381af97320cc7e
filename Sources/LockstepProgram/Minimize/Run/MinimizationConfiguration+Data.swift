package import Datasets
package import Minimization
import Mistakes

extension MinimizationConfiguration.Samples {
  /// Reads the table.
  ///
  /// - Throws: `DatasetError` that names row and column.
  package func table() throws -> NumberTable { try NumberTable(path: path) }

  /// The samples of a table.
  ///
  /// - Throws: `UserMistake` if the table has no such rows or columns; `DatasetError` if a column cannot be standardized.
  package func regressionData(of table: NumberTable) throws -> RegressionData {
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
    let standardized =
      switch standardize {
      case .none: table
      case .features: try Standardization(of: table, columns: columns).applied(to: table)
      case .all: try Standardization(of: table).applied(to: table)
      }
    do {
      return try RegressionData(
        features: (0..<rowCount).flatMap { row in
          zip(columns, scales).map { column, scale in standardized[row, column] * scale }
        }, featureCount: featureCount, targets: (0..<rowCount).map { standardized[$0, target] })
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

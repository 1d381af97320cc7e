import Mistakes

/// A matrix of `Double`s, stored column by column as LAPACK wants it.
///
/// ```swift
/// let matrix = DenseMatrix(rows: [[2, 1], [1, 3]])
/// matrix[0, 1]            // 1: row 0, column 1
/// matrix.times([1, 0])    // [2, 1]
/// ```
public struct DenseMatrix: Hashable, Sendable {
  /// The number of rows, ≥ 0.
  public let rowCount: Int
  /// The number of columns, ≥ 0.
  public let columnCount: Int
  /// The elements in column-major order: element (row, column) at row + rowCount · column.
  public var elements: [Double]

  /// Makes a matrix of zeros, or of another number.
  public init(rowCount: Int, columnCount: Int, repeating value: Double = 0) {
    require(rowCount >= 0 && columnCount >= 0, "no matrix has \(rowCount) × \(columnCount) elements")
    self.rowCount = rowCount
    self.columnCount = columnCount
    elements = [Double](repeating: value, count: rowCount * columnCount)
  }

  /// Makes a matrix from its rows, all equally long.
  public init(rows: [[Double]]) {
    self.init(rowCount: rows.count, columnCount: rows.first?.count ?? 0)
    for (row, values) in rows.enumerated() {
      require(
        values.count == columnCount, "row \(row) has \(values.count) elements but row 0 has \(columnCount)")
      for (column, value) in values.enumerated() { self[row, column] = value }
    }
  }

  /// Makes a square matrix that is zero off its diagonal.
  public init(diagonal: [Double]) {
    self.init(rowCount: diagonal.count, columnCount: diagonal.count)
    for (index, value) in diagonal.enumerated() { self[index, index] = value }
  }

  /// The element at a row and a column, both from 0.
  public subscript(row: Int, column: Int) -> Double {
    get {
      require(contains(row, column), "no element (\(row), \(column)) in \(rowCount) × \(columnCount)")
      return elements[row + rowCount * column]
    }
    set {
      require(contains(row, column), "no element (\(row), \(column)) in \(rowCount) × \(columnCount)")
      elements[row + rowCount * column] = newValue
    }
  }

  /// The elements (i, i), as many as the smaller side has.
  public var diagonal: [Double] { (0..<min(rowCount, columnCount)).map { self[$0, $0] } }

  /// The matrix with rows and columns exchanged.
  public var transposed: DenseMatrix {
    var result = DenseMatrix(rowCount: columnCount, columnCount: rowCount)
    for column in 0..<columnCount {
      for row in 0..<rowCount { result[column, row] = self[row, column] }
    }
    return result
  }

  /// The product with a vector of `columnCount` elements; each sum goes over the columns in their order.
  ///
  /// - Complexity: O(rows · columns)
  public func times(_ vector: [Double]) -> [Double] {
    require(
      vector.count == columnCount, "a vector of \(vector.count) elements meets \(columnCount) columns")
    var result = [Double](repeating: 0, count: rowCount)
    for column in 0..<columnCount {
      let factor = vector[column]
      let start = rowCount * column
      for row in 0..<rowCount { result[row] += elements[start + row] * factor }
    }
    return result
  }

  private func contains(_ row: Int, _ column: Int) -> Bool {
    row >= 0 && row < rowCount && column >= 0 && column < columnCount
  }
}

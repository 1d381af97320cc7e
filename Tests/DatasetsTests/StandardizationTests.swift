import Datasets
import Foundation
import Testing

@Suite("Standardization")
struct StandardizationTests {
  static let table = NumberTable(
    values: (0..<120).map { (index: Int) -> Double in
      sin(Double(index) * 1.7) * [1, 10, 100][index % 3] + Double(index % 3)
    },
    columnCount: 3, columnNames: ["a", "b", "c"], file: "table.csv")

  @Test("Afterwards every column has mean 0 and population variance 1")
  func moments() throws {
    let result = try Standardization(of: Self.table).applied(to: Self.table)
    #expect(result.columnNames == Self.table.columnNames && result.rowCount == 40)
    for index in 0..<3 {
      let column = result.column(index)
      #expect(abs(column.reduce(0, +)) < 1e-12)
      #expect(abs(column.reduce(0) { $0 + $1 * $1 } / 40 - 1) < 1e-14)
    }
  }

  @Test("Shifting and scaling the columns changes nothing")
  func invariant() throws {
    let (factors, shifts): ([Double], [Double]) = ([2, 0.5, 1e6], [1, -20, 3])
    let values = Self.table.values.enumerated().map { index, value in
      value * factors[index % 3] + shifts[index % 3]
    }
    let moved = NumberTable(values: values, columnCount: 3, file: "moved.csv")
    let results = try [Self.table, moved].map { try Standardization(of: $0).applied(to: $0).values }
    for (first, second) in zip(results[0], results[1]) { #expect(abs(first - second) < 1e-12) }
  }

  @Test("The map of some rows serves others")
  func otherRows() throws {
    let two = NumberTable(values: [1, 10, 3, 30], columnCount: 2, file: "two.csv")
    let standardization = try Standardization(of: two)
    #expect(standardization.mean == [2, 20] && standardization.deviation == [1, 10])
    let other = NumberTable(values: [0, 0], columnCount: 2, file: "other.csv")
    #expect(standardization.applied(to: other).values == [-2, -2])
  }

  @Test("A column that is left out stays as it is, whatever it holds")
  func someColumns() throws {
    let table = NumberTable(values: [1, 7, 3, 7], columnCount: 2, file: "table.csv")
    #expect(try Standardization(of: table, columns: [0]).applied(to: table).values == [-1, 7, 1, 7])
  }

  @Test(
    "A column without a deviation is named",
    arguments: [
      [Double](repeating: 0.1, count: 7), [5], [1e300, -1e300, 1e300], [1e-300, 2e-300], [1e308, 1e308, 0],
    ])
  func noDeviation(column: [Double]) throws {
    let values = column.enumerated().flatMap { [Double($0) * Double($0), $1] }
    let table = NumberTable(
      values: column.count == 1 ? [5] : values, columnCount: column.count == 1 ? 1 : 2, file: "table.csv")
    let error = #expect(throws: DatasetError.self) { try Standardization(of: table) }
    try expectOneLine(
      error, naming: "table.csv", "column \(table.columnCount) cannot be standardized", "\(column[0])")
  }

  /// The file of the airfoil set, if this machine has it.
  static let airfoil = ProcessInfo.processInfo.environment["LOCKSTEP_AIRFOIL"]

  /// Means and deviations that NumPy gives for the airfoil set (NASA RP-1218) in double precision.
  @Test("Airfoil self-noise", .enabled(if: airfoil != nil, "LOCKSTEP_AIRFOIL names no file"))
  func airfoilMoments() throws {
    let table = try NumberTable(path: #require(Self.airfoil))
    #expect(table.rowCount == 1503 && table.columnCount == 6 && table.columnNames == nil)
    let standardization = try Standardization(of: table)
    let mean = [
      2886.3805721889553, 6.782302062541517, 0.13654823685961226, 50.860745176314175,
      0.011139880391217556, 124.83594278110434,
    ]
    let deviation = [
      3151.524202236218, 5.916159025472469, 0.09350960518948366, 15.56760296639676,
      0.013145858876819499, 6.896361277488788,
    ]
    for column in 0..<6 {
      #expect(abs(standardization.mean[column] / mean[column] - 1) < 1e-13)
      #expect(abs(standardization.deviation[column] / deviation[column] - 1) < 1e-13)
    }
  }
}

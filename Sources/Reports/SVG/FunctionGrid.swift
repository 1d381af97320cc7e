import Mistakes

/// The values of a function of two variables on an even grid.
package struct FunctionGrid {
  /// The x of each column, ascending, at least two.
  let x: [Double]
  /// The y of each row, ascending, at least two.
  let y: [Double]
  /// The values: [row, column], row-major.
  let values: [Double]

  /// Evaluates a function at every place of a grid.
  ///
  /// - Parameters:
  ///   - xRange: the range of the first variable.
  ///   - yRange: the range of the second variable.
  ///   - columnCount: the number of places along x, at least 2.
  ///   - rowCount: the number of places along y, at least 2.
  ///   - function: called row by row; where it is not finite, no contour is drawn.
  package init(
    x xRange: ClosedRange<Double>, y yRange: ClosedRange<Double>, columnCount: Int, rowCount: Int,
    function: (Double, Double) throws -> Double
  ) rethrows {
    require(columnCount >= 2 && rowCount >= 2, "a grid of \(columnCount)×\(rowCount) has no cells")
    let columns = Self.places(columnCount, in: xRange)
    let rows = Self.places(rowCount, in: yRange)
    values = try rows.flatMap { y in try columns.map { x in try function(x, y) } }
    (x, y) = (columns, rows)
  }

  private static func places(_ count: Int, in range: ClosedRange<Double>) -> [Double] {
    (0..<count).map {
      let fraction = Double($0) / Double(count - 1)
      return range.lowerBound * (1 - fraction) + range.upperBound * fraction
    }
  }

  /// Levels whose contours lie about evenly in the picture, ascending and different.
  ///
  /// Level k of n leaves the fraction (k/(n + 1))² of the grid's values below it: of a quadratic with its minimum in
  /// the picture, whose contour at k has an area in proportion to k², the contours are equally far apart.
  package func levels(_ count: Int) -> [Double] {
    let sorted = values.filter(\.isFinite).sorted()
    guard let last = sorted.last else { return [] }
    var levels: [Double] = []
    for number in 0..<count {
      let fraction = Double(number + 1) / Double(count + 1)
      let level = sorted[Int(fraction * fraction * Double(sorted.count - 1))]
      if level > levels.last ?? sorted[0] && level < last { levels.append(level) }
    }
    return levels
  }
}

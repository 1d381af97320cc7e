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

  /// At each place the largest of several functions on the same grid; nil of none.
  static func largest(of grids: [FunctionGrid]) -> FunctionGrid? {
    guard let first = grids.first else { return nil }
    let values = first.values.indices.map { index in
      grids.reduce(-Double.infinity) { $0.isNaN || $1.values[index].isNaN ? .nan : max($0, $1.values[index]) }
    }
    return FunctionGrid(x: first.x, y: first.y, values: values)
  }

  /// The grid with another ring of places on its edge, where the function is above a level: contours at it are closed, and
  /// run along the edge where they would have left the grid.
  func closed(above level: Double) -> FunctionGrid {
    let (columns, rows) = (x.count + 2, y.count + 2)
    // What has no value lies outside, too.
    let inside = values.map { $0.isFinite ? $0 : .greatestFiniteMagnitude }
    let outside = max(abs(level), 1) * 1e6
    var padded = [Double](repeating: level + outside, count: columns * rows)
    for row in 0..<y.count {
      for column in 0..<x.count {
        padded[(row + 1) * columns + column + 1] = min(inside[row * x.count + column], level + outside)
      }
    }
    return FunctionGrid(
      x: [x[0]] + x + [x[x.count - 1]], y: [y[0]] + y + [y[y.count - 1]], values: padded)
  }

  private init(x: [Double], y: [Double], values: [Double]) {
    (self.x, self.y, self.values) = (x, y, values)
  }
}

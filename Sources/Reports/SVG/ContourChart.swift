/// A picture of the paths that methods take over the contours of a function of two variables.
package struct ContourChart {
  /// The text above the plot.
  package var title: String
  /// What the horizontal axis shows.
  package var xLabel: String
  /// What the vertical axis shows.
  package var yLabel: String
  /// The paths; a legend names them if there are several.
  package var paths: [ChartSeries]

  private let xAxis: Axis
  private let yAxis: Axis
  private let grid: FunctionGrid
  private let levelCount: Int
  private let levels: [Double]?
  /// What is drawn below the contours, such as the set that holds the solution.
  private let regions: [FunctionGrid]

  /// Describes a picture and evaluates the function for it.
  ///
  /// - Parameters:
  ///   - title: the text above the plot.
  ///   - xLabel: what the horizontal axis shows.
  ///   - yLabel: what the vertical axis shows.
  ///   - xRange: the horizontal range; without one, all paths and a fifth of their extent on both sides, made wider for
  ///     round ticks.
  ///   - yRange: the vertical range, likewise. Without one of them, the shorter side is made at least a third of the longer
  ///     one, since units are equally long in both directions.
  ///   - paths: the paths: points (x, y) in their order.
  ///   - levels: where to draw contours; nil for `levelCount` of them.
  ///   - levelCount: the number of contours, at least 1.
  ///   - resolution: the number of places along each side of the grid on which the function is evaluated, at least 2.
  ///   - regions: functions that are ≤ 0 in regions, which are shaded where all of them are.
  ///   - function: the function's value at (x, y); where it is not finite, no contour is drawn.
  package init(
    title: String, xLabel: String = "x₁", yLabel: String = "x₂", xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil, paths: [ChartSeries], levels: [Double]? = nil, levelCount: Int = 12,
    resolution: Int = 161, regions: [(Double, Double) throws -> Double] = [],
    function: (Double, Double) throws -> Double
  ) rethrows {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.paths = paths
    self.levelCount = levelCount
    let points = paths.flatMap(\.points)
    self.levels = levels
    (xAxis, yAxis) = Self.axes(xRange, yRange, around: points)
    let (x, y) = (xAxis.lower...xAxis.upper, yAxis.lower...yAxis.upper)
    grid = try FunctionGrid(x: x, y: y, columnCount: resolution, rowCount: resolution, function: function)
    self.regions = try regions.map {
      try FunctionGrid(x: x, y: y, columnCount: resolution, rowCount: resolution, function: $0)
    }
  }

  private static func axes(
    _ xRange: ClosedRange<Double>?, _ yRange: ClosedRange<Double>?, around points: [(x: Double, y: Double)]
  ) -> (x: Axis, y: Axis) {
    var x = axis(xRange, around: points.map(\.x))
    var y = axis(yRange, around: points.map(\.y))
    let (width, height) = (x.upper - x.lower, y.upper - y.lower)
    if yRange == nil, height < width / 3 { y = axis(nil, around: widened(y, to: width / 3)) }
    if xRange == nil, width < height / 2 { x = axis(nil, around: widened(x, to: height / 2)) }
    return (x, y)
  }

  /// The ends of a range about the middle of an axis that is, with the margin that is added, so long.
  private static func widened(_ axis: Axis, to length: Double) -> [Double] {
    let middle = axis.lower / 2 + axis.upper / 2
    return [middle - length / 2.8, middle + length / 2.8]
  }

  private static func axis(_ range: ClosedRange<Double>?, around values: [Double]) -> Axis {
    if let range { return Axis(scale: .linear, range: range) }
    let covering = Axis(scale: .linear, covering: values)
    let finite = values.filter { covering.position(of: $0) != nil }
    guard let lower = finite.min(), let upper = finite.max() else { return covering }
    let margin = (upper - lower) / 5
    return Axis(scale: .linear, covering: [lower - margin, upper + margin])
  }

  /// The picture: the text of an SVG file, the same for the same function and paths.
  ///
  /// Each path begins at a ring and ends at a dot, which a single one says in words. Units are equally long in both
  /// directions, unless asked-for ranges make one side five times as long as the other.
  package var svg: String {
    let names = paths.enumerated().map { (name: $1.name, colour: ChartFrame.colour($0 + 1)) }
    let ratio = (yAxis.upper - yAxis.lower) / (xAxis.upper - xAxis.lower)
    let frame = ChartFrame(
      title: title, xLabel: xLabel, yLabel: yLabel, xAxis: xAxis, yAxis: yAxis,
      hasEqualUnits: ratio <= 5 && ratio >= 0.2, legend: names.count > 1 ? names : [])
    let shade =
      FunctionGrid.largest(of: regions).map { [FigureElement.shade($0, in: frame, colour: 2)] } ?? []
    return frame.document(
      shade + FigureElement.contours(grid, levels: levels ?? grid.levels(levelCount), in: frame)
        + paths.enumerated().flatMap {
          FigureElement.path($1, in: frame, colour: ChartFrame.colour($0 + 1), saysEnds: paths.count == 1)
        })
  }
}

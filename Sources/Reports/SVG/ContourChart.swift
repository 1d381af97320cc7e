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

  /// Describes a picture and evaluates the function for it.
  ///
  /// - Parameters:
  ///   - title: the text above the plot.
  ///   - xLabel: what the horizontal axis shows.
  ///   - yLabel: what the vertical axis shows.
  ///   - xRange: the horizontal range, made wider for round ticks; without one, all paths and a fifth of their extent
  ///     on both sides.
  ///   - yRange: the vertical range, likewise.
  ///   - paths: the paths: points (x, y) in their order.
  ///   - levelCount: the number of contours, at least 1.
  ///   - resolution: the number of places along each side of the grid on which the function is evaluated, at least 2.
  ///   - function: the function's value at (x, y); where it is not finite, no contour is drawn.
  package init(
    title: String, xLabel: String = "x₁", yLabel: String = "x₂", xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil, paths: [ChartSeries], levelCount: Int = 12,
    resolution: Int = 161, function: (Double, Double) throws -> Double
  ) rethrows {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.paths = paths
    self.levelCount = levelCount
    let points = paths.flatMap(\.points)
    xAxis = Self.axis(xRange, around: points.map(\.x))
    yAxis = Self.axis(yRange, around: points.map(\.y))
    grid = try FunctionGrid(
      x: xAxis.lower...xAxis.upper, y: yAxis.lower...yAxis.upper, columnCount: resolution,
      rowCount: resolution, function: function)
  }

  private static func axis(_ range: ClosedRange<Double>?, around values: [Double]) -> Axis {
    if let range { return Axis(scale: .linear, covering: [range.lowerBound, range.upperBound]) }
    let covering = Axis(scale: .linear, covering: values)
    let finite = values.filter { covering.position(of: $0) != nil }
    guard let lower = finite.min(), let upper = finite.max() else { return covering }
    let margin = (upper - lower) / 5
    return Axis(scale: .linear, covering: [lower - margin, upper + margin])
  }

  /// The picture: the text of an SVG file, the same for the same function and paths.
  ///
  /// Each path begins at a ring and ends at a dot.
  package var svg: String {
    let names = paths.enumerated().map { (name: $1.name, colour: ChartFrame.colour($0 + 1)) }
    let frame = ChartFrame(
      title: title, xLabel: xLabel, yLabel: yLabel, xAxis: xAxis, yAxis: yAxis,
      legend: names.count > 1 ? names : [])
    return frame.document(
      contours(in: frame)
        + paths.enumerated().flatMap { elements(of: $1, in: frame, colour: ChartFrame.colour($0 + 1)) })
  }

  /// The contours, stronger the lower they lie.
  private func contours(in frame: ChartFrame) -> [SVGElement] {
    let levels = grid.levels(levelCount)
    return levels.enumerated().compactMap { index, level in
      let data = grid.contours(at: level).map { line in
        pathData(line.points.compactMap { frame.place(x: $0.x, y: $0.y) }, isClosed: line.isClosed)
      }
      guard !data.isEmpty else { return nil }
      let opacity = 1 - 0.65 * Double(index) / Double(max(levels.count - 1, 1))
      return SVGElement(
        "path",
        [
          ("d", data.joined()), ("fill", "none"), ("stroke", ChartFrame.colour(0)),
          ("stroke-opacity", pixels(opacity)),
        ])
    }
  }

  private func elements(of path: ChartSeries, in frame: ChartFrame, colour: String) -> [SVGElement] {
    let places = path.points.compactMap { frame.place(x: $0.x, y: $0.y) }
    guard let first = places.first, let last = places.last else { return [] }
    func circle(_ place: PicturePoint, _ attributes: [(name: String, value: String)]) -> SVGElement {
      SVGElement("circle", [("cx", pixels(place.x)), ("cy", pixels(place.y))] + attributes)
    }
    return path.elements(in: frame, colour: colour) + [
      circle(first, [("r", "6"), ("fill", "none"), ("stroke", colour), ("stroke-width", "1.75")]),
      circle(last, [("r", "4.5"), ("fill", colour)]),
    ]
  }
}

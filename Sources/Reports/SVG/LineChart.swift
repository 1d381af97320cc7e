/// A picture of series over a common axis, such as the loss against the epoch.
///
/// ```swift
/// let chart = LineChart(
///   title: "airfoil", xLabel: "epoch", yLabel: "loss", yScale: .logarithmic,
///   series: [ChartSeries(name: "newton", points: losses)])
/// try Data(chart.svg.utf8).write(to: file)
/// ```
package struct LineChart {
  /// The text above the plot.
  package var title: String
  /// What the horizontal axis shows, with its unit.
  package var xLabel: String
  /// What the vertical axis shows, with its unit.
  package var yLabel: String
  /// How the horizontal axis spreads its values.
  package var xScale: AxisScale
  /// How the vertical axis spreads its values.
  package var yScale: AxisScale
  /// The horizontal range; nil for what the series need.
  package var xRange: ClosedRange<Double>?
  /// The vertical range; nil for what the series need.
  package var yRange: ClosedRange<Double>?
  /// The series; a legend names them if there are several.
  package var series: [ChartSeries]

  /// Describes a chart.
  package init(
    title: String, xLabel: String, yLabel: String, xScale: AxisScale = .linear,
    yScale: AxisScale = .linear, xRange: ClosedRange<Double>? = nil, yRange: ClosedRange<Double>? = nil,
    series: [ChartSeries]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.xScale = xScale
    self.yScale = yScale
    (self.xRange, self.yRange) = (xRange, yRange)
    self.series = series
  }

  /// The picture: the text of an SVG file, the same for the same chart.
  package var svg: String {
    let points = series.flatMap(\.points)
    let names = series.enumerated().map { (name: $1.name, colour: ChartFrame.colour($0)) }
    let frame = ChartFrame(
      title: title, xLabel: xLabel, yLabel: yLabel,
      xAxis: Axis(scale: xScale, xRange, covering: points.lazy.map(\.x)),
      yAxis: Axis(scale: yScale, yRange, covering: points.lazy.map(\.y)), legend: names.count > 1 ? names : []
    )
    return frame.document(
      series.enumerated().flatMap { index, series in
        let colour = ChartFrame.colour(index)
        return series.showsEnds
          ? FigureElement.path(series, in: frame, colour: colour, saysEnds: true)
          : series.elements(in: frame, colour: colour)
      })
  }
}

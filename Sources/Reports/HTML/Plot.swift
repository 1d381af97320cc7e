/// Curves over a common axis as a part of a page, whose style gives the colours.
package struct Plot {
  /// A curve.
  package struct Curve {
    /// What the legend calls it.
    package var name: String
    /// Which of the page's eight colours it has, from 0 on.
    package var color: Int
    /// The points in their order; the line breaks where a number is not finite, or has no logarithm.
    package var points: [(x: Double, y: Double)]
    /// For each point the range around it, such as that of several runs; empty for none.
    package var ranges: [ClosedRange<Double>]
    /// Whether the line is dashed.
    package var isDashed: Bool
    /// Whether each point gets a dot.
    package var hasDots: Bool

    /// Makes a curve.
    package init(
      _ name: String, color: Int, points: [(x: Double, y: Double)], ranges: [ClosedRange<Double>] = [],
      isDashed: Bool = false, hasDots: Bool = false
    ) {
      (self.name, self.color, self.points, self.ranges) = (name, color, points, ranges)
      (self.isDashed, self.hasDots) = (isDashed, hasDots)
    }
  }

  /// What the plot shows, for whoever hears the page.
  package var title: String
  /// The labels of the axes, with their units.
  package var xLabel, yLabel: String
  /// How the axes spread their values.
  package var xScale, yScale: AxisScale
  /// Whether the horizontal axis counts, so that between whole numbers there is nothing to mark.
  package var countsAlongX = false
  /// The curves; a legend names them if there are several.
  package var curves: [Curve]

  /// Describes a plot.
  package init(
    title: String, xLabel: String, yLabel: String, xScale: AxisScale = .linear, yScale: AxisScale = .linear,
    curves: [Curve]
  ) {
    (self.title, self.xLabel, self.yLabel) = (title, xLabel, yLabel)
    (self.xScale, self.yScale, self.curves) = (xScale, yScale, curves)
  }

  private static let size = (width: 460.0, height: 280.0)

  /// The picture.
  package var picture: HTML {
    let points = curves.flatMap(\.points)
    let edges = curves.flatMap(\.ranges).flatMap { [$0.lowerBound, $0.upperBound] }
    let x = Axis(scale: xScale, covering: points.lazy.map(\.x))
    let y = Axis(scale: yScale, covering: points.map(\.y) + edges)
    let left = 14 + 7 * Double(y.ticks.map(\.label.count).max() ?? 1) + 14
    let legend = legend(left: left)
    let area = PlotArea(
      x: x, y: y, countsAlongX: countsAlongX, left: left, top: 10 + legend.height,
      right: Self.size.width - 16,
      bottom: Self.size.height - 42 + legend.height)
    let height = Self.size.height + legend.height
    return HTML(
      "svg",
      [
        ("viewBox", "0 0 \(pixels(Self.size.width)) \(pixels(height))"), ("role", "img"),
        ("aria-label", title),
      ],
      legend.elements + area.frame(xLabel: xLabel, yLabel: yLabel)
        + curves.flatMap { band($0, in: area) } + curves.flatMap { line($0, in: area) })
  }

  /// Lines of names above the plot, in as many rows as they need.
  private func legend(left: Double) -> (elements: [HTML], height: Double) {
    guard curves.count > 1 else { return ([], 0) }
    var (x, row) = (left, 0.0)
    var elements: [HTML] = []
    for curve in curves {
      let name = curve.name.count > 44 ? curve.name.prefix(43) + "…" : curve.name[...]
      let width = 32 + 7 * Double(name.count) + 14
      if x + width > Self.size.width, x > left { (x, row) = (left, row + 1) }
      let middle = 12 + 18 * row
      elements += [
        HTML(
          "path",
          [("class", "curve s\(curve.color % 8)"), ("d", "M\(pixels(x)) \(pixels(middle))h22")]
            + dashes(curve)),
        HTML("text", [("x", pixels(x + 28)), ("y", pixels(middle + 4))], text: String(name)),
      ]
      x += width
    }
    return (elements, 18 * (row + 1) + 4)
  }

  private func dashes(_ curve: Curve) -> [(name: String, value: String)] {
    curve.isDashed ? [("stroke-dasharray", "5 4")] : []
  }

  private func line(_ curve: Curve, in area: PlotArea) -> [HTML] {
    var runs: [[PicturePoint]] = [[]]
    for point in curve.points {
      if let place = area.place(point.x, point.y) {
        runs[runs.count - 1].append(place)
      } else if !(runs.last?.isEmpty ?? true) {
        runs.append([])
      }
    }
    return runs.filter { !$0.isEmpty }.flatMap { run -> [HTML] in
      let dots =
        curve.hasDots || run.count == 1
        ? run.map {
          HTML(
            "circle",
            [("class", "f\(curve.color % 8)"), ("cx", pixels($0.x)), ("cy", pixels($0.y)), ("r", "2.6")])
        } : []
      return [
        HTML(
          "path", [("class", "curve s\(curve.color % 8)"), ("d", pathData(run))] + dashes(curve))
      ] + dots
    }
  }

  private func band(_ curve: Curve, in area: PlotArea) -> [HTML] {
    guard curve.ranges.count == curve.points.count, curve.points.count > 1 else { return [] }
    let pairs = zip(curve.points, curve.ranges).compactMap { point, range -> (PicturePoint, PicturePoint)? in
      guard let low = area.place(point.x, range.lowerBound), let high = area.place(point.x, range.upperBound)
      else { return nil }
      return (low, high)
    }
    guard pairs.count > 1 else { return [] }
    let outline = pairs.map(\.0) + pairs.reversed().map(\.1)
    return [
      HTML("path", [("class", "band f\(curve.color % 8)"), ("d", pathData(outline, isClosed: true))])
    ]
  }
}

/// Where values stand in a picture, and the lines and labels around it.
struct PlotArea {
  let x, y: Axis
  /// Whether the horizontal axis marks whole numbers only.
  var countsAlongX = false
  let left, top, right, bottom: Double

  /// The place of a value; nil if an axis has none for it.
  func place(_ x: Double, _ y: Double) -> PicturePoint? {
    guard let across = self.x.position(of: x), let up = self.y.position(of: y) else { return nil }
    return PicturePoint(x: left + (right - left) * across, y: bottom - (bottom - top) * up)
  }

  /// Ticks, their lines and labels, and the labels of the axes.
  func frame(xLabel: String, yLabel: String) -> [HTML] {
    let ticks = x.ticks.filter { !countsAlongX || $0.exponent >= 0 }
    let vertical = ticks.flatMap { tick -> [HTML] in
      let at = left + (right - left) * (x.position(of: tick.value) ?? 0)
      return [
        HTML("path", [("class", "grid"), ("d", "M\(pixels(at)) \(pixels(top))V\(pixels(bottom))")]),
        HTML(
          "text",
          [("class", "quiet"), ("x", pixels(at)), ("y", pixels(bottom + 16)), ("text-anchor", "middle")],
          text: tick.label),
      ]
    }
    let horizontal = y.ticks.flatMap { tick -> [HTML] in
      let at = bottom - (bottom - top) * (y.position(of: tick.value) ?? 0)
      return [
        HTML("path", [("class", "grid"), ("d", "M\(pixels(left)) \(pixels(at))H\(pixels(right))")]),
        HTML(
          "text",
          [("class", "quiet"), ("x", pixels(left - 6)), ("y", pixels(at + 4)), ("text-anchor", "end")],
          text: tick.label),
      ]
    }
    let middle = pixels((top + bottom) / 2)
    return vertical + horizontal + [
      HTML(
        "path",
        [("class", "axis"), ("d", "M\(pixels(left)) \(pixels(top))V\(pixels(bottom))H\(pixels(right))")]),
      HTML(
        "text",
        [("x", pixels((left + right) / 2)), ("y", pixels(bottom + 35)), ("text-anchor", "middle")],
        text: xLabel),
      HTML(
        "text",
        [("x", "12"), ("y", middle), ("text-anchor", "middle"), ("transform", "rotate(-90 12 \(middle))")],
        text: yLabel),
    ]
  }
}

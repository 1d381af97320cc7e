/// A drawing over two axes, made of layers that lie above each other.
///
/// ```swift
/// let figure = Figure(
///   title: "x²", x: -2...2, layers: [.curve(name: "x²", points: points), .marks([.init(0, 0, "minimum", isBelow: true)])])
/// try Data(Figure.document(title: figure.title, [.figure(figure)], columnCount: 1).utf8).write(to: file)
/// ```
package struct Figure {
  /// What is drawn.
  package enum Layer {
    /// A line with a colour of its own; `isDashed` for what belongs to another one.
    case curve(name: String?, points: [(x: Double, y: Double)], isDashed: Bool = false)
    /// A thin line in the colour of texts, such as a tangent.
    case rule(points: [(x: Double, y: Double)], isDashed: Bool = false)
    /// Points with their labels, which may be empty.
    case marks([Mark])
    /// A segment: its parts that lie inside a set, and in red those outside.
    case segment([(points: [(x: Double, y: Double)], isInside: Bool)])
    /// The contours of a function, at some levels or at those that are spread evenly.
    case contours(FunctionGrid, levels: [Double]?)
    /// Where a function is not positive.
    case region(name: String?, FunctionGrid)
    /// A way with its beginning and its end.
    case path(ChartSeries)
  }

  /// A point with a label.
  package struct Mark {
    /// Where it stands.
    package var x, y: Double
    /// What is written beside it; may be empty.
    package var label: String
    /// Whether this stands below, as at a minimum.
    package var isBelow: Bool

    /// Makes a mark, by default with its label above.
    package init(_ x: Double, _ y: Double, _ label: String, isBelow: Bool = false) {
      (self.x, self.y, self.label, self.isBelow) = (x, y, label, isBelow)
    }
  }

  /// The text above the plot.
  package var title: String
  /// What the horizontal axis shows.
  package var xLabel: String
  /// What the vertical axis shows.
  package var yLabel: String
  /// The horizontal range.
  package var x: ClosedRange<Double>
  /// The vertical range; nil for what the layers need.
  package var y: ClosedRange<Double>?
  /// How the axes spread their values.
  package var scales: (x: AxisScale, y: AxisScale)
  /// Whether units are equally long in both directions.
  package var hasEqualUnits: Bool
  /// What is drawn, from below.
  package var layers: [Layer]

  /// Describes a figure.
  package init(
    title: String, xLabel: String = "x", yLabel: String = "", x: ClosedRange<Double>,
    y: ClosedRange<Double>? = nil, scales: (x: AxisScale, y: AxisScale) = (.linear, .linear),
    hasEqualUnits: Bool = false, layers: [Layer]
  ) {
    (self.title, self.xLabel, self.yLabel, self.x, self.y) = (title, xLabel, yLabel, x, y)
    (self.scales, self.hasEqualUnits, self.layers) = (scales, hasEqualUnits, layers)
  }

  /// The text of an SVG file with some panels, as many in a row as `columnCount` says.
  package static func document(title: String, _ panels: [FigurePanel], columnCount: Int) -> String {
    ChartFrame.document(
      title: title, panels.enumerated().map { $1.panel(clip: "plot\($0)") }, columnCount: columnCount)
  }

  func panel(clip: String) -> SVGPanel {
    var names: [(name: String, colour: String)] = []
    var colour = 0
    // The order of colours is that of the layers that have one.
    let colours = layers.map { layer -> Int in
      switch layer {
      case .curve(let name, _, _), .region(let name, _):
        if let name { names.append((name, ChartFrame.colour(colour))) }
      case .path(let series): names.append((series.name, ChartFrame.colour(colour)))
      case .contours: break
      case .rule, .marks, .segment: return colour
      }
      colour += 1
      return colour - 1
    }
    let frame = ChartFrame(
      title: title, xLabel: xLabel, yLabel: yLabel, xAxis: Axis(scale: scales.x, range: x),
      yAxis: Axis(scale: scales.y, y, covering: heights), hasEqualUnits: hasEqualUnits,
      legend: names.count > 1 ? names : [])
    return frame.panel(
      zip(layers, colours).flatMap { elements(of: $0, in: frame, colour: $1) }, clip: clip)
  }

  /// The values that a vertical axis has to cover.
  private var heights: [Double] {
    layers.flatMap { layer -> [Double] in
      switch layer {
      case .curve(_, let points, _): points.map(\.y)
      case .marks(let points): points.map(\.y)
      case .path(let series): series.points.map(\.y)
      case .contours(let grid, _), .region(_, let grid): [grid.y[0], grid.y[grid.y.count - 1]]
      case .rule, .segment: []
      }
    }
  }

  private func elements(of layer: Layer, in frame: ChartFrame, colour: Int) -> [SVGElement] {
    let ink = ChartFrame.colour(colour)
    switch layer {
    case .curve(_, let points, let isDashed):
      return Self.lines(points, in: frame, [("stroke", ink), ("stroke-width", "2.25")], isDashed: isDashed)
    case .rule(let points, let isDashed):
      return Self.lines(
        points, in: frame, [("stroke", ChartFrame.ink), ("stroke-width", "1.5"), ("class", "ink")],
        isDashed: isDashed)
    case .marks(let marks):
      return marks.flatMap { mark -> [SVGElement] in
        guard let place = frame.place(x: mark.x, y: mark.y) else { return [] }
        return [
          SVGElement(
            "circle",
            [("cx", pixels(place.x)), ("cy", pixels(place.y)), ("r", "4"), ("fill", ChartFrame.colours[3])])
        ] + (mark.label.isEmpty ? [] : frame.word(mark.label, beside: place, isBelow: mark.isBelow))
      }
    case .segment(let parts):
      let ends = [parts.first?.points.first, parts.last?.points.last].compactMap { $0 }
      return parts.flatMap { part in
        Self.lines(
          part.points, in: frame,
          part.isInside
            ? [("stroke", ChartFrame.ink), ("stroke-width", "2"), ("class", "ink")]
            : [("stroke", ChartFrame.colours[3]), ("stroke-width", "3")], isDashed: !part.isInside)
      }
        + ends.flatMap { end -> [SVGElement] in
          guard let place = frame.place(x: end.x, y: end.y) else { return [] }
          return [
            SVGElement(
              "circle",
              [("cx", pixels(place.x)), ("cy", pixels(place.y)), ("r", "4"), ("fill", ChartFrame.colours[3])])
          ]
        }
    case .contours(let grid, let levels):
      return FigureElement.contours(grid, levels: levels ?? grid.levels(12), in: frame)
    case .region(_, let grid): return [FigureElement.shade(grid, in: frame, colour: colour)]
    case .path(let series):
      let paths = layers.count { if case .path = $0 { true } else { false } }
      return FigureElement.path(series, in: frame, colour: ink, saysEnds: paths == 1)
    }
  }

  private static func lines(
    _ points: [(x: Double, y: Double)], in frame: ChartFrame, _ attributes: [(name: String, value: String)],
    isDashed: Bool
  ) -> [SVGElement] {
    var runs: [[PicturePoint]] = [[]]
    for point in points {
      if let place = frame.place(x: point.x, y: point.y) {
        runs[runs.count - 1].append(place)
      } else {
        runs.append([])
      }
    }
    return runs.filter { $0.count > 1 }.map { run in
      SVGElement(
        "path",
        [("d", pathData(run)), ("fill", "none"), ("stroke-linejoin", "round")] + attributes
          + (isDashed ? [("stroke-dasharray", "6 4")] : []))
    }
  }
}

/// A part of a picture of several.
package enum FigurePanel {
  /// A drawing over two axes.
  case figure(Figure)
  /// A function of two variables as a surface.
  case surface(SurfaceChart)

  func panel(clip: String) -> SVGPanel {
    switch self {
    case .figure(let figure): figure.panel(clip: clip)
    case .surface(let chart): chart.panel
    }
  }
}

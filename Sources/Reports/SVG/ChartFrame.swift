/// What all charts share: title, axes with ticks and labels, legend, and where a point stands.
///
/// Texts are nearly black on white; where the viewer prefers a dark scheme, nearly white on nearly black. Series have colours
/// of medium lightness, which both backgrounds let be seen.
package struct ChartFrame {
  let title: String
  let xLabel: String
  let yLabel: String
  let xAxis: Axis
  let yAxis: Axis
  /// Whether a unit is as long across as upwards, as where directions and distances count.
  var hasEqualUnits = false
  /// What the legend explains, in the order of its lines; empty for no legend.
  let legend: [(name: String, colour: String)]

  /// The colours of series, from the first on.
  package static let colours = ["#3a80e0", "#e0701a", "#2b9a4a", "#d6455d", "#8f63d2", "#12939a"]
  /// The colour of the frame.
  static let gray = "#7b7b7b"
  /// The colour of texts where a viewer knows no style sheets.
  static let ink = "#1b1f24"

  /// The size of the plot; with equal units the larger one that fits into 480 × 400.
  private var plotSize: (width: Double, height: Double) {
    guard hasEqualUnits else { return (480, 320) }
    let ratio = (yAxis.upper - yAxis.lower) / (xAxis.upper - xAxis.lower)
    let width = min(480, 400 / ratio)
    return (width, width * ratio)
  }
  private var plotWidth: Double { plotSize.width }
  private var plotHeight: Double { plotSize.height }
  private let top = 44.0
  private let bottom = 52.0
  private var fontSize: Double { Self.fontSize }
  private static let fontSize = 12.0

  /// The room for the labels of the ticks and of the axis, left of the plot.
  private var left: Double { Self.width(of: yAxis.ticks.map(\.label)) + 40 }

  /// The room on the right: half a label of the last tick, or the legend.
  private var right: Double { legend.isEmpty ? 32 : Self.width(of: legend.map(\.name)) + 60 }

  /// About the width in pixels of the longest of some texts; fonts differ between viewers.
  private static func width(of texts: [String]) -> Double { 6.8 * Double(texts.map(\.count).max() ?? 0) }

  /// The colour of the series at an index.
  static func colour(_ index: Int) -> String { colours[index % colours.count] }

  /// Where a point stands in the picture; nil if an axis has no place for it.
  ///
  /// Points far outside are moved to twenty times the size of the plot, where nobody sees them, because viewers draw
  /// with limited coordinates.
  func place(x: Double, y: Double) -> PicturePoint? {
    guard let across = xAxis.position(of: x), let up = yAxis.position(of: y) else { return nil }
    return PicturePoint(
      x: left + plotWidth * min(max(across, -20), 20), y: top + plotHeight * (1 - min(max(up, -20), 20)))
  }

  /// The text of the whole picture, an SVG 1.1 document, with `content` drawn in the plot and cut at its edges.
  func document(_ content: [SVGElement]) -> String {
    Self.document(title: title, [panel(content)], columnCount: 1)
  }

  /// The text of a picture of several panels, an SVG 1.1 document, row by row.
  static func document(title: String, _ panels: [SVGPanel], columnCount: Int) -> String {
    // Panels of a column begin below each other.
    let widths = (0..<min(columnCount, panels.count)).map { column in
      stride(from: column, to: panels.count, by: columnCount).map { panels[$0].width }.max() ?? 0
    }
    let width = widths.reduce(0, +)
    var (placed, top): ([SVGElement], Double) = ([], 0)
    for row in stride(from: 0, to: panels.count, by: columnCount) {
      let members = panels[row..<min(row + columnCount, panels.count)]
      for (column, panel) in members.enumerated() {
        placed.append(
          SVGElement(
            "svg",
            [
              ("x", pixels(widths[..<column].reduce(0, +))), ("y", pixels(top)),
              ("width", pixels(panel.width)),
              ("height", pixels(panel.height)),
            ], children: panel.elements))
      }
      top += members.map(\.height).max() ?? 0
    }
    let picture = SVGElement(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("width", pixels(width)), ("height", pixels(top)),
        ("viewBox", "0 0 \(pixels(width)) \(pixels(top))"), ("role", "img"),
        ("font-family", "sans-serif"), ("font-size", pixels(fontSize)), ("fill", ink),
        ("class", "lockstep-chart"),
      ],
      children: [
        SVGElement("title", text: title), SVGElement("style", text: style),
        SVGElement(
          "rect",
          [("width", pixels(width)), ("height", pixels(top)), ("fill", "#ffffff"), ("class", "paper")]),
      ] + (placed.count == 1 ? panels[0].elements : placed))
    return (["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"] + picture.lines).joined(separator: "\n") + "\n"
  }

  /// The picture without what all panels share; `clip` names the plot's edges, another one in each panel.
  func panel(_ content: [SVGElement], clip: String = "plot") -> SVGPanel {
    let elements =
      [
        SVGElement("clipPath", [("id", clip)], children: [plotArea([])]),
        text(title, x: left + plotWidth / 2, y: 26, anchor: "middle", [("font-size", "15")]),
      ] + xTicks + yTicks + axisLabels + [
        plotArea([("fill", "none"), ("stroke", Self.gray)]),
        SVGElement("g", [("clip-path", "url(#\(clip))")], children: content),
      ] + legendElements
    return SVGPanel(
      width: left + plotWidth + right, height: top + plotHeight + bottom, elements: elements)
  }

  /// The colours of a dark scheme.
  private static let style =
    "@media (prefers-color-scheme: dark) { .lockstep-chart text { fill: #e8eaed } "
    + ".lockstep-chart .paper { fill: #15181c } .lockstep-chart .halo { fill: #15181c; stroke: #15181c } "
    + ".lockstep-chart .ink { stroke: #e8eaed } }"

  /// A text in the plot, on a halo that keeps it apart from lines behind it.
  ///
  /// - Parameters:
  ///   - label: the text.
  ///   - place: where its middle, beginning or end stands.
  ///   - anchor: `middle`, `start` or `end`.
  ///   - colour: that of the text; nil for that of all texts.
  func label(
    _ label: String, at place: PicturePoint, anchor: String = "middle", size: Double = 11,
    colour: String? = nil
  ) -> [SVGElement] {
    let position = [
      ("x", pixels(place.x)), ("y", pixels(place.y + size / 3)), ("text-anchor", anchor),
      ("font-size", pixels(size)),
    ]
    let halo = [("fill", "#ffffff"), ("stroke", "#ffffff"), ("stroke-width", "3.5"), ("class", "halo")]
    // A style is stronger than the sheet's colour of all texts.
    let fill = colour.map { [("style", "fill: \($0)")] } ?? []
    return [
      SVGElement("text", position + halo, text: label), SVGElement("text", position + fill, text: label),
    ]
  }

  /// Where the plot lies.
  var plot: (left: Double, top: Double, width: Double, height: Double) { (left, top, plotWidth, plotHeight) }

  private func plotArea(_ attributes: [(name: String, value: String)]) -> SVGElement {
    SVGElement(
      "rect",
      [
        ("x", pixels(left)), ("y", pixels(top)), ("width", pixels(plotWidth)),
        ("height", pixels(plotHeight)),
      ] + attributes)
  }

  private var xTicks: [SVGElement] {
    xAxis.ticks.flatMap { tick in
      let x = left + plotWidth * (xAxis.position(of: tick.value) ?? 0)
      return [
        gridLine("M\(pixels(x)) \(pixels(top))V\(pixels(top + plotHeight))"),
        text(tick.label, x: x, y: top + plotHeight + 18, anchor: "middle"),
      ]
    }
  }

  private var yTicks: [SVGElement] {
    yAxis.ticks.flatMap { tick in
      let y = top + plotHeight * (1 - (yAxis.position(of: tick.value) ?? 0))
      return [
        gridLine("M\(pixels(left)) \(pixels(y))H\(pixels(left + plotWidth))"),
        // A third of the font's size below the line puts the digits' middle on it.
        text(tick.label, x: left - 8, y: y + fontSize / 3, anchor: "end"),
      ]
    }
  }

  private func gridLine(_ data: String) -> SVGElement {
    SVGElement("path", [("d", data), ("stroke", Self.gray), ("stroke-opacity", "0.25")])
  }

  private var axisLabels: [SVGElement] {
    let middle = top + plotHeight / 2
    return [
      text(xLabel, x: left + plotWidth / 2, y: top + plotHeight + 42, anchor: "middle"),
      text(
        yLabel, x: 16, y: middle, anchor: "middle", [("transform", "rotate(-90 16 \(pixels(middle)))")]),
    ]
  }

  private var legendElements: [SVGElement] {
    legend.enumerated().flatMap { index, entry in
      let (x, y) = (left + plotWidth + 14, top + 12 + 20 * Double(index))
      return [
        SVGElement(
          "path",
          [("d", "M\(pixels(x)) \(pixels(y))h22"), ("stroke", entry.colour), ("stroke-width", "2.5")]),
        text(entry.name, x: x + 28, y: y + fontSize / 3, anchor: "start"),
      ]
    }
  }

  private func text(
    _ text: String, x: Double, y: Double, anchor: String,
    _ attributes: [(name: String, value: String)] = []
  ) -> SVGElement {
    SVGElement(
      "text", [("x", pixels(x)), ("y", pixels(y)), ("text-anchor", anchor)] + attributes, text: text)
  }
}

/// A part of a picture, in pixels from its own upper left corner.
struct SVGPanel {
  var width: Double
  var height: Double
  var elements: [SVGElement]
}

/// What all charts share: title, axes with ticks and labels, legend, and where a point stands.
///
/// Pictures have no background. Texts, lines and colours are of medium lightness, so that they can be read on
/// white and on black alike.
package struct ChartFrame {
  let title: String
  let xLabel: String
  let yLabel: String
  let xAxis: Axis
  let yAxis: Axis
  /// What the legend explains, in the order of its lines; empty for no legend.
  let legend: [(name: String, colour: String)]

  /// The colours of series, from the first on.
  package static let colours = ["#3a80e0", "#e0701a", "#2b9a4a", "#d6455d", "#8f63d2", "#12939a"]
  /// The colour of texts and of the frame.
  static let gray = "#7b7b7b"

  private let plotWidth = 480.0
  private let plotHeight = 320.0
  private let top = 44.0
  private let bottom = 52.0
  private let fontSize = 12.0

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
    let (width, height) = (left + plotWidth + right, top + plotHeight + bottom)
    let picture = SVGElement(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("width", pixels(width)), ("height", pixels(height)),
        ("viewBox", "0 0 \(pixels(width)) \(pixels(height))"), ("role", "img"),
        ("font-family", "sans-serif"), ("font-size", pixels(fontSize)), ("fill", Self.gray),
      ],
      children: [
        SVGElement("title", text: title),
        SVGElement("clipPath", [("id", "plot")], children: [plotArea([])]),
        text(title, x: left + plotWidth / 2, y: 26, anchor: "middle", [("font-size", "15")]),
      ] + xTicks + yTicks + axisLabels + [
        plotArea([("fill", "none"), ("stroke", Self.gray)]),
        SVGElement("g", [("clip-path", "url(#plot)")], children: content),
      ] + legendElements)
    return (["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"] + picture.lines).joined(separator: "\n") + "\n"
  }

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

import Foundation

/// Horizontal bars of several parts each, such as the phases of a step on each rank.
package struct BarPlot {
  /// What the plot shows, for whoever hears the page.
  package var title: String
  /// The label of the axis, with its unit.
  package var xLabel: String
  /// The names of the parts, in their order along a bar.
  package var parts: [String]
  /// The bars from the top: a name, and a number ≥ 0 for each part.
  package var bars: [(name: String, values: [Double])]

  /// Describes a plot.
  package init(title: String, xLabel: String, parts: [String], bars: [(name: String, values: [Double])]) {
    (self.title, self.xLabel, self.parts, self.bars) = (title, xLabel, parts, bars)
  }

  private static let width = 460.0
  private static let barHeight = 22.0

  /// The picture.
  package var picture: HTML {
    let left = 12 + 7 * Double(min(28, bars.map(\.name.count).max() ?? 0))
    let x = Axis(scale: .linear, covering: [0] + bars.map { $0.values.reduce(0, +) })
    let (legend, top) = legend
    let bottom = top + Self.barHeight * Double(bars.count) + 4
    let area = PlotArea(
      x: x, y: Axis(scale: .linear, covering: [0, 1]), left: left, top: top, right: Self.width - 18,
      bottom: bottom)
    let ticks = x.ticks.flatMap { tick -> [HTML] in
      let at = pixels(area.place(tick.value, 0)?.x ?? 0)
      return [
        HTML("path", [("class", "grid"), ("d", "M\(at) \(pixels(top))V\(pixels(bottom))")]),
        HTML(
          "text", [("class", "quiet"), ("x", at), ("y", pixels(bottom + 16)), ("text-anchor", "middle")],
          text: tick.label),
      ]
    }
    return HTML(
      "svg",
      [
        ("viewBox", "0 0 \(pixels(Self.width)) \(pixels(bottom + 42))"), ("role", "img"),
        ("aria-label", title),
      ],
      legend + ticks
        + bars.indices.flatMap { bar(at: $0, in: area) } + [
          HTML(
            "text",
            [
              ("x", pixels((left + area.right) / 2)), ("y", pixels(bottom + 35)), ("text-anchor", "middle"),
            ], text: xLabel)
        ])
  }

  private func bar(at index: Int, in area: PlotArea) -> [HTML] {
    let y = area.top + 4 + Self.barHeight * Double(index)
    var elements = [
      HTML(
        "text", [("x", pixels(area.left - 6)), ("y", pixels(y + 12)), ("text-anchor", "end")],
        text: Self.shortened(bars[index].name))
    ]
    var sum = 0.0
    for (part, value) in bars[index].values.enumerated() where value > 0 && value.isFinite {
      guard let from = area.place(sum, 0), let to = area.place(sum + value, 0) else { continue }
      sum += value
      elements.append(
        HTML(
          "rect",
          [
            ("class", "f\(part % 8)"), ("x", pixels(from.x)), ("y", pixels(y)),
            ("width", pixels(max(0.5, to.x - from.x))), ("height", pixels(Self.barHeight - 6)),
          ], [HTML("title", text: "\(bars[index].name), \(parts[part]): \(String(format: "%.4g", value))")]))
    }
    return elements
  }

  /// A name that fits: the seed stands at its end.
  private static func shortened(_ name: String) -> String {
    name.count > 28 ? "\(name.prefix(12))…\(name.suffix(15))" : name
  }

  private var legend: (elements: [HTML], height: Double) {
    var (x, row) = (8.0, 0.0)
    var elements: [HTML] = []
    for (index, name) in parts.enumerated() {
      let width = 18 + 7 * Double(name.count) + 14
      if x + width > Self.width, x > 8 { (x, row) = (8, row + 1) }
      elements += [
        HTML(
          "rect",
          [
            ("class", "f\(index % 8)"), ("x", pixels(x)), ("y", pixels(4 + 18 * row)), ("width", "11"),
            ("height", "11"),
          ]),
        HTML("text", [("x", pixels(x + 16)), ("y", pixels(14 + 18 * row))], text: name),
      ]
      x += width
    }
    return (elements, 18 * (row + 1) + 8)
  }
}

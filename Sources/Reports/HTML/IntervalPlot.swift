import Foundation

/// Values with their intervals, one below the other, and a line at 0: the differences of a sweep.
package struct IntervalPlot {
  /// What the plot shows, for whoever hears the page.
  package var title: String
  /// The label of the axis.
  package var xLabel: String
  /// From the top: a name, the single values, their mean and its interval, if there is one.
  package var rows: [(name: String, values: [Double], mean: Double, interval: ClosedRange<Double>?)]

  /// Describes a plot.
  package init(
    title: String, xLabel: String,
    rows: [(name: String, values: [Double], mean: Double, interval: ClosedRange<Double>?)]
  ) {
    (self.title, self.xLabel, self.rows) = (title, xLabel, rows)
  }

  /// The picture.
  package var picture: HTML {
    let width = 460.0
    let height = 34.0
    let edges = rows.flatMap { row in
      row.values + [row.mean] + (row.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    let x = Axis(scale: .linear, covering: [0] + edges)
    let bottom = 8 + height * Double(rows.count)
    let area = PlotArea(
      x: x, y: Axis(scale: .linear, covering: [0, 1]), left: 14, top: 8, right: width - 18, bottom: bottom)
    func at(_ value: Double) -> String { pixels(area.place(value, 0)?.x ?? 0) }
    var elements = x.ticks.flatMap { tick in
      [
        HTML(
          "path",
          [
            ("class", tick.mantissa == 0 ? "axis" : "grid"),
            ("d", "M\(at(tick.value)) 8V\(pixels(bottom))"),
          ]),
        HTML(
          "text",
          [("class", "quiet"), ("x", at(tick.value)), ("y", pixels(bottom + 16)), ("text-anchor", "middle")],
          text: tick.label),
      ]
    }
    for (index, row) in rows.enumerated() {
      let y = 8 + height * Double(index)
      let line = pixels(y + 24)
      elements.append(HTML("text", [("x", "14"), ("y", pixels(y + 13))], text: row.name))
      if let interval = row.interval {
        elements.append(
          HTML(
            "path",
            [
              ("class", "curve s\(index % 8)"),
              (
                "d",
                "M\(at(interval.lowerBound)) \(line)H\(at(interval.upperBound))M\(at(interval.lowerBound)) \(pixels(y + 19))v10M\(at(interval.upperBound)) \(pixels(y + 19))v10"
              ),
            ]))
      }
      elements += row.values.map { value in
        HTML(
          "circle",
          [
            ("class", "f\(index % 8)"), ("cx", at(value)), ("cy", line), ("r", "2.4"),
            ("fill-opacity", "0.55"),
          ])
      }
      elements.append(
        HTML("circle", [("class", "f\(index % 8)"), ("cx", at(row.mean)), ("cy", line), ("r", "4.5")]))
    }
    elements.append(
      HTML(
        "text", [("x", pixels(width / 2)), ("y", pixels(bottom + 35)), ("text-anchor", "middle")],
        text: xLabel))
    return HTML(
      "svg",
      [("viewBox", "0 0 460 \(pixels(bottom + 42))"), ("role", "img"), ("aria-label", title)], elements)
  }
}

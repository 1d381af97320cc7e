import Foundation

/// A confusion matrix: a row for each class, a column for each answer, the darker the larger its share of the row.
package struct MatrixPlot {
  /// What the plot shows, for whoever hears the page.
  package var title: String
  /// The names of the classes.
  package var names: [String]
  /// Row by row, how many samples of a class were taken for each.
  package var counts: [[Int]]

  /// Describes a plot of as many rows and columns as names.
  package init(title: String, names: [String], counts: [[Int]]) {
    (self.title, self.names, self.counts) = (title, names, counts)
  }

  /// The picture.
  package var picture: HTML {
    let count = Double(names.count)
    let labels = names.map { $0.count > 16 ? $0.prefix(15) + "…" : $0 }
    let left = 30 + 7 * Double(labels.map(\.count).max() ?? 0)
    let cell = min(34, max(6, (460 - left - 8) / max(count, 1)))
    // With more classes there is no room for words and numbers.
    let hasNumbers = cell >= 22
    let top = hasNumbers ? 8.0 : 8.0
    let below = 22 + (hasNumbers ? 7 * Double(labels.map(\.count).max() ?? 0) * 0.71 + 12 : 0)
    let bottom = top + cell * count
    var elements: [HTML] = []
    for (row, values) in counts.enumerated() {
      let sum = Double(max(1, values.reduce(0, +)))
      let y = top + cell * Double(row)
      if cell >= 10 {
        elements.append(
          HTML(
            "text", [("x", pixels(left - 6)), ("y", pixels(y + cell / 2 + 4)), ("text-anchor", "end")],
            text: String(labels[row])))
      }
      for (column, value) in values.enumerated() {
        // The square root shows rare mistakes, too.
        let share = (Double(value) / sum).squareRoot()
        let x = left + cell * Double(column)
        elements.append(
          HTML(
            "rect",
            [
              ("x", pixels(x)), ("y", pixels(y)), ("width", pixels(cell - 1)), ("height", pixels(cell - 1)),
              ("style", "fill: rgba(var(--heat), \(String(format: "%.3f", 0.04 + 0.9 * share)))"),
            ],
            [HTML("title", text: "\(names[row]) taken for \(names[column]): \(value) of \(Int(sum))")]))
        if hasNumbers, value > 0 {
          elements.append(
            HTML(
              "text",
              [
                ("x", pixels(x + (cell - 1) / 2)), ("y", pixels(y + cell / 2 + 3.5)),
                ("text-anchor", "middle"),
                (
                  "style",
                  "font-size: \(value > 999 ? 8.5 : 10.5)px" + (share > 0.6 ? "; fill: var(--page)" : "")
                ),
              ], text: "\(value)"))
        }
      }
    }
    if hasNumbers {
      for (column, label) in labels.enumerated() {
        let x = pixels(left + cell * (Double(column) + 0.6))
        elements.append(
          HTML(
            "text",
            [
              ("x", x), ("y", pixels(bottom + 12)), ("text-anchor", "end"),
              ("transform", "rotate(-45 \(x) \(pixels(bottom + 12)))"),
            ], text: String(label)))
      }
    }
    let middle = pixels((top + bottom) / 2)
    elements += [
      HTML(
        "text",
        [
          ("class", "quiet"), ("x", "12"), ("y", middle), ("text-anchor", "middle"),
          ("transform", "rotate(-90 12 \(middle))"),
        ],
        text: "class"),
      HTML(
        "text",
        [
          ("class", "quiet"), ("x", pixels(left + cell * count / 2)), ("y", pixels(bottom + below)),
          ("text-anchor", "middle"),
        ],
        text: "answer"),
    ]
    return HTML(
      "svg",
      [
        ("viewBox", "0 0 460 \(pixels(bottom + below + 8))"), ("role", "img"), ("aria-label", title),
      ], elements)
  }
}

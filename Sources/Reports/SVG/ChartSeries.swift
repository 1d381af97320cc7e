/// A run of points in a chart, joined by a line.
package struct ChartSeries {
  /// What the legend calls it.
  package var name: String
  /// The points in their order.
  ///
  /// The line breaks where a coordinate is not finite, or has no logarithm on a logarithmic axis.
  package var points: [(x: Double, y: Double)]
  /// Whether each point gets a dot.
  package var showsPoints: Bool
  /// Whether a ring says where it begins, and a larger dot where it ends.
  package var showsEnds: Bool

  /// Makes a series.
  package init(
    name: String, points: [(x: Double, y: Double)], showsPoints: Bool = false, showsEnds: Bool = false
  ) {
    self.showsEnds = showsEnds
    self.name = name
    self.points = points
    self.showsPoints = showsPoints
  }
}

extension ChartSeries {
  /// The line and its dots in a frame, in one colour.
  func elements(in frame: ChartFrame, colour: String) -> [SVGElement] {
    var runs: [[PicturePoint]] = [[]]
    for point in points {
      if let place = frame.place(x: point.x, y: point.y) {
        runs[runs.count - 1].append(place)
      } else if runs[runs.count - 1].isEmpty == false {
        runs.append([])
      }
    }
    var elements: [SVGElement] = []
    for run in runs where !run.isEmpty {
      elements.append(
        SVGElement(
          "path",
          [
            ("d", pathData(run)), ("fill", "none"), ("stroke", colour), ("stroke-width", "1.75"),
            ("stroke-linejoin", "round"), ("stroke-linecap", "round"),
          ]))
      // A point between two gaps has no line to be seen by.
      guard showsPoints || run.count == 1 else { continue }
      elements += run.map {
        SVGElement("circle", [("cx", pixels($0.x)), ("cy", pixels($0.y)), ("r", "2.5"), ("fill", colour)])
      }
    }
    return elements
  }
}

/// A line through points as the data of an SVG path; points that fall on the one before are left out.
func pathData(_ points: [PicturePoint], isClosed: Bool = false) -> String {
  var places: [String] = []
  for point in points {
    let place = "\(pixels(point.x)) \(pixels(point.y))"
    if place != places.last { places.append(place) }
  }
  return "M" + places.joined(separator: "L") + (isClosed ? "Z" : "")
}

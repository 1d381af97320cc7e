import Foundation

/// A function of two variables as a surface, seen from above and aside.
package struct SurfaceChart {
  /// The text above the surface.
  package var title: String
  /// What the two axes are called.
  package var labels: (x: String, y: String)
  /// The direction from which it is seen, in degrees from the x axis, counterclockwise.
  package var azimuthDegrees: Double
  private let grid: FunctionGrid

  /// Describes a picture and evaluates the function for it.
  ///
  /// - Parameters:
  ///   - title: the text above the surface.
  ///   - labels: what the two axes are called.
  ///   - x: the range of the first variable.
  ///   - y: the range of the second variable.
  ///   - azimuthDegrees: where it is seen from, in degrees from the x axis.
  ///   - function: the value at (x, y); where it is not finite there is no surface.
  package init(
    title: String, labels: (x: String, y: String) = ("x", "y"), x: ClosedRange<Double>,
    y: ClosedRange<Double>,
    azimuthDegrees: Double = -60, function: (Double, Double) throws -> Double
  ) rethrows {
    (self.title, self.labels, self.azimuthDegrees) = (title, labels, azimuthDegrees)
    grid = try FunctionGrid(x: x, y: y, columnCount: 41, rowCount: 41, function: function)
  }

  private static let (width, height) = (440.0, 400.0)

  var panel: SVGPanel {
    SVGPanel(
      width: Self.width, height: Self.height,
      elements: [
        SVGElement(
          "text",
          [("x", pixels(Self.width / 2)), ("y", "26"), ("text-anchor", "middle"), ("font-size", "15")],
          text: title)
      ] + base + faces + axisNames)
  }

  // MARK: - Projection

  private var range: (least: Double, size: Double) {
    let values = grid.values.filter(\.isFinite)
    let (least, largest) = (values.min() ?? 0, values.max() ?? 1)
    return (least, max(largest - least, .leastNormalMagnitude))
  }

  /// Where a point of the cube [−1, 1]³ stands, and how far in front it lies.
  private func project(_ x: Double, _ y: Double, _ z: Double) -> (place: PicturePoint, nearness: Double) {
    let angle = azimuthDegrees * .pi / 180
    let elevation = 28 * Double.pi / 180
    // Towards the viewer, and to the right of that direction.
    let towards = x * cos(angle) + y * sin(angle)
    let across = -x * sin(angle) + y * cos(angle)
    let up = z * cos(elevation) - towards * sin(elevation)
    return (
      PicturePoint(x: Self.width / 2 + 128 * across, y: Self.height / 2 + 22 - 128 * 0.8 * up), towards
    )
  }

  /// A place of the grid in the cube, at a height from 0 to 1.
  private func corner(_ row: Int, _ column: Int, height: Double) -> (place: PicturePoint, nearness: Double) {
    project(
      2 * Double(column) / Double(grid.x.count - 1) - 1, 2 * Double(row) / Double(grid.y.count - 1) - 1,
      1.6 * height - 0.8)
  }

  // MARK: - Parts

  /// The faces, the farthest first, so that nearer ones cover them.
  private var faces: [SVGElement] {
    let (least, size) = range
    var faces: [(nearness: Double, element: SVGElement)] = []
    for row in 0..<grid.y.count - 1 {
      for column in 0..<grid.x.count - 1 {
        let places = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        let heights = places.map { (grid.values[$0.0 * grid.x.count + $0.1] - least) / size }
        guard heights.allSatisfy(\.isFinite) else { continue }
        let corners = zip(places, heights).map { corner($0.0, $0.1, height: $1) }
        let colour = Self.colour(heights.reduce(0, +) / 4)
        faces.append(
          (
            corners.map(\.nearness).reduce(0, +),
            SVGElement(
              "path",
              [
                ("d", pathData(corners.map(\.place), isClosed: true)), ("fill", colour),
                ("stroke", "#ffffff"),
                ("stroke-opacity", "0.35"), ("stroke-width", "0.5"), ("stroke-linejoin", "round"),
              ])
          ))
      }
    }
    return faces.enumerated().sorted { ($0.element.nearness, $0.offset) < ($1.element.nearness, $1.offset) }
      .map(\.element.element)
  }

  /// The floor's edges.
  private var base: [SVGElement] {
    let corners = [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map { project($0.0, $0.1, -0.8).place }
    return [
      SVGElement(
        "path",
        [
          ("d", pathData(corners, isClosed: true)), ("fill", "none"), ("stroke", ChartFrame.gray),
          ("stroke-opacity", "0.6"),
        ])
    ]
  }

  /// The axes' names and ends at those two edges of the floor that lie in front.
  private var axisNames: [SVGElement] {
    let front = project(0, 1, 0).nearness > 0 ? 1.0 : -1
    let side = project(1, 0, 0).nearness > 0 ? 1.0 : -1
    func text(_ text: String, _ x: Double, _ y: Double) -> SVGElement {
      let place = project(x, y, -0.8).place
      return SVGElement(
        "text", [("x", pixels(place.x)), ("y", pixels(place.y + 4)), ("text-anchor", "middle")], text: text)
    }
    func number(_ value: Double) -> String { String(format: "%.3g", value).replacing("-", with: "−") }
    return [
      text(labels.x, 0, 1.22 * front), text(number(grid.x[0]), -1, 1.16 * front),
      text(number(grid.x[grid.x.count - 1]), 1, 1.16 * front), text(labels.y, 1.22 * side, 0),
      text(number(grid.y[0]), 1.16 * side, -1), text(number(grid.y[grid.y.count - 1]), 1.16 * side, 1),
    ]
  }

  /// From dark blue below to yellow above, evenly light.
  private static func colour(_ height: Double) -> String {
    let stops: [(Double, Double, Double)] = [
      (62, 74, 137), (49, 104, 142), (38, 130, 142), (53, 183, 121), (180, 222, 44), (253, 231, 37),
    ]
    let position = min(max(height, 0), 1) * Double(stops.count - 1)
    let index = min(Int(position), stops.count - 2)
    let fraction = position - Double(index)
    func mix(_ part: (((Double, Double, Double)) -> Double)) -> Int {
      Int((part(stops[index]) * (1 - fraction) + part(stops[index + 1]) * fraction).rounded())
    }
    return String(format: "#%02x%02x%02x", mix { $0.0 }, mix { $0.1 }, mix { $0.2 })
  }
}

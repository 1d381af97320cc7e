/// A line along which a function has one value.
package struct ContourLine {
  /// The points in their order, in the function's coordinates.
  package var points: [(x: Double, y: Double)]
  /// Whether the last point joins the first; otherwise the line ends at the edge of the grid.
  package var isClosed: Bool
}

extension FunctionGrid {
  /// The lines along which the function has a value, by marching squares.
  ///
  /// Each cell of the grid is crossed where the value lies between two neighbouring corners, by linear interpolation.
  /// In a cell that is crossed four times, the saddle of the bilinear interpolation decides which corners belong
  /// together, so that the branches of a contour next to a saddle stay apart.
  ///
  /// Lorensen, Cline: "Marching Cubes: A High Resolution 3D Surface Construction Algorithm", SIGGRAPH 1987,
  /// doi:10.1145/37402.37422, in two dimensions; Nielson, Hamann: "The Asymptotic Decider", IEEE Visualization 1991,
  /// doi:10.1109/VISUAL.1991.175782.
  ///
  /// - Complexity: O(cells)
  package func contours(at level: Double) -> [ContourLine] {
    var neighbours: [Edge: [Edge]] = [:]
    var order: [Edge] = []
    for row in 0..<(y.count - 1) {
      for column in 0..<(x.count - 1) {
        for (start, end) in segments(row: row, column: column, level: level) {
          for (edge, other) in [(start, end), (end, start)] {
            if neighbours[edge] == nil { order.append(edge) }
            neighbours[edge, default: []].append(other)
          }
        }
      }
    }
    // Open lines first, from one of their ends; what remains is closed.
    var lines: [ContourLine] = []
    for start in order.filter({ neighbours[$0]?.count == 1 }) + order {
      guard let count = neighbours[start]?.count, count > 0 else { continue }
      var points = [crossing(start, level: level)]
      var edge = start
      while let next = neighbours[edge]?.first {
        neighbours[edge]?.removeFirst()
        if let back = neighbours[next]?.firstIndex(of: edge) { neighbours[next]?.remove(at: back) }
        if next != start { points.append(crossing(next, level: level)) }
        edge = next
      }
      lines.append(ContourLine(points: points, isClosed: edge == start))
    }
    return lines
  }

  /// The edge between two neighbouring places of the grid, named by its left or lower end.
  private struct Edge: Hashable {
    var row: Int
    var column: Int
    var isHorizontal: Bool
  }

  private func value(_ row: Int, _ column: Int) -> Double { values[row * x.count + column] }

  /// The pieces of the contour in the cell whose lower left corner is at (row, column).
  private func segments(row: Int, column: Int, level: Double) -> [(Edge, Edge)] {
    let bottom = Edge(row: row, column: column, isHorizontal: true)
    let top = Edge(row: row + 1, column: column, isHorizontal: true)
    let left = Edge(row: row, column: column, isHorizontal: false)
    let right = Edge(row: row, column: column + 1, isHorizontal: false)
    // Around the cell, so that side i of `sides` joins corners i and i + 1.
    let corners = [
      value(row, column), value(row, column + 1), value(row + 1, column + 1), value(row + 1, column),
    ]
    guard corners.allSatisfy(\.isFinite) else { return [] }
    let isAbove = corners.map { $0 > level }
    let sides = [bottom, right, top, left]
    let crossed = (0..<4).filter { isAbove[$0] != isAbove[($0 + 1) % 4] }.map { sides[$0] }
    switch crossed.count {
    case 2:
      return [(crossed[0], crossed[1])]
    case 4:
      // Opposite corners are alike and neighbours differ: the contour cuts off those that differ from the saddle.
      let saddle =
        (corners[0] * corners[2] - corners[1] * corners[3])
        / (corners[0] + corners[2] - corners[1] - corners[3])
      return isAbove[0] == (saddle > level)
        ? [(bottom, right), (top, left)] : [(left, bottom), (right, top)]
    default:
      return []
    }
  }

  /// Where the function has the level on an edge.
  private func crossing(_ edge: Edge, level: Double) -> (x: Double, y: Double) {
    let first = value(edge.row, edge.column)
    let second =
      edge.isHorizontal ? value(edge.row, edge.column + 1) : value(edge.row + 1, edge.column)
    let fraction = (level - first) / (second - first)
    let (x, y) = (x[edge.column], y[edge.row])
    return edge.isHorizontal
      ? (x + fraction * (self.x[edge.column + 1] - x), y)
      : (x, y + fraction * (self.y[edge.row + 1] - y))
  }
}

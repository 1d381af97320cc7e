import Foundation
import Minimization
import Mistakes
import Reports

extension PictureConfiguration {
  /// The text of the SVG file.
  ///
  /// - Throws: `UserMistake` where a method's path cannot be computed.
  package func svg(source: String) throws -> String {
    let panels = try panels.enumerated().map { index, panel in
      try panel.drawn(name: "\(source): panels[\(index)]")
    }
    return Figure.document(title: title, panels, columnCount: columns)
  }
}

extension PictureConfiguration.Panel {
  fileprivate func drawn(name: String) throws -> FigurePanel {
    if case .surface(let function, let azimuth)? = layers.first, let y {
      return .surface(
        SurfaceChart(
          title: title, labels: (labels.x, labels.y.isEmpty ? "y" : labels.y), x: x, y: y,
          azimuthDegrees: azimuth
        ) { function.value(at: [$0, $1]) })
    }
    let layers = try layers.enumerated().flatMap { index, layer in
      try self.layers(of: layer, name: "\(name).layers[\(index)]")
    }
    let isPlane = self.layers.contains(where: \.isPlane)
    return .figure(
      Figure(
        title: title, xLabel: labels.x, yLabel: labels.y.isEmpty && isPlane ? "y" : labels.y, x: x, y: y,
        scales: scales, hasEqualUnits: hasEqualUnits, layers: layers))
  }

  private func layers(of layer: PictureConfiguration.Layer, name: String) throws -> [Figure.Layer] {
    switch layer {
    case .curve(let function, let derivative, let label, let isDashed):
      return [.curve(name: label, points: curve(function, derivative), isDashed: isDashed)]
    case .extrema(let function): return [.marks(extrema(of: function))]
    case .chord(let function, let from, let to, let weight): return chord(function, from, to, weight)
    case .tangent(let function, let place):
      let (value, slope) = (function.value(at: [place]), function.gradient(at: [place])[0])
      return [
        .rule(points: [x.lowerBound, x.upperBound].map { ($0, value + slope * ($0 - place)) }),
        .marks([.init(place, value, "")]),
      ]
    case .points(let points, let labels, let isBelow):
      return [.marks(zip(points, labels).map { .init($0[0], $0[1], $1, isBelow: isBelow) })]
    case .segment(let from, let to, let inside): return [segment(from, to, inside)]
    case .contours(let function, let levels): return [.contours(grid(function), levels: levels)]
    case .region(let function, let label): return [.region(name: label, grid(function))]
    case .below(let function, let level, let label):
      let rule = Figure.Layer.rule(points: [x.lowerBound, x.upperBound].map { ($0, level) }, isDashed: true)
      return [.region(name: label, grid(function, above: level))] + (function.dimension == 1 ? [rule] : [])
    case .path(let configuration, let label): return [try path(configuration, label: label, name: name)]
    case .surface: return []
    }
  }

  // MARK: - Functions of x

  /// Places along the axis, evenly spread on it.
  private var places: [Double] {
    let count = 800
    return (0...count).map { index in
      let fraction = Double(index) / Double(count)
      switch scales.x {
      case .linear: return x.lowerBound * (1 - fraction) + x.upperBound * fraction
      case .logarithmic: return x.lowerBound * pow(x.upperBound / x.lowerBound, fraction)
      }
    }
  }

  private func curve(_ function: Formula, _ derivative: Int) -> [(x: Double, y: Double)] {
    places.map { place in
      switch derivative {
      case 0: (place, function.value(at: [place]))
      case 1: (place, function.gradient(at: [place])[0])
      default: (place, function.hessian(at: [place])[0, 0])
      }
    }
  }

  /// The places inside the range where the slope changes its sign, the lowest and the highest of them named so.
  private func extrema(of function: Formula) -> [Figure.Mark] {
    var found: [(x: Double, y: Double, isMinimum: Bool)] = []
    func slope(_ x: Double) -> Double { function.gradient(at: [x])[0] }
    for (left, right) in zip(places, places.dropFirst()) {
      let (first, second) = (slope(left), slope(right))
      guard first != 0, second == 0 || (first < 0) != (second < 0), first.isFinite, second.isFinite else {
        continue
      }
      var (low, high) = (left, right)
      for _ in 0..<60 {
        let middle = low / 2 + high / 2
        if (slope(middle) < 0) == (first < 0) && slope(middle) != 0 { low = middle } else { high = middle }
      }
      // Where the slope only touches zero there is none.
      let beyond = slope(high + (right - left) / 10)
      guard (beyond < 0) != (first < 0) else { continue }
      found.append((high, function.value(at: [high]), first < 0))
    }
    let least = found.filter(\.isMinimum).map(\.y).min()
    let largest = found.filter { !$0.isMinimum }.map(\.y).max()
    let (minima, maxima) = (found.count { $0.isMinimum }, found.count { !$0.isMinimum })
    return found.map { point in
      let kind = point.isMinimum ? "minimum" : "maximum"
      let isGlobal = point.y == (point.isMinimum ? least : largest)
      let isAlone = (point.isMinimum ? minima : maxima) == 1
      let label = isAlone ? kind : isGlobal ? "global \(kind)" : "local \(kind)"
      return Figure.Mark(point.x, point.y, label, isBelow: point.isMinimum)
    }
  }

  private func chord(
    _ function: Formula, _ from: Double, _ to: Double, _ weight: Double?
  ) -> [Figure.Layer] {
    let (start, end) = (function.value(at: [from]), function.value(at: [to]))
    var layers: [Figure.Layer] = [
      .rule(points: [(from, start), (to, end)]), .marks([.init(from, start, ""), .init(to, end, "")]),
    ]
    if let weight {
      let middle = weight * from + (1 - weight) * to
      let (mean, value) = (weight * start + (1 - weight) * end, function.value(at: [middle]))
      layers += [
        .rule(points: [(middle, mean), (middle, value)], isDashed: true),
        .marks([.init(middle, mean, "E f(X)"), .init(middle, value, "f(E X)", isBelow: true)]),
      ]
    }
    return layers
  }

  // MARK: - Functions of x and y

  private func grid(_ function: Formula, above level: Double = 0) -> FunctionGrid {
    let range = y ?? 0...1
    return FunctionGrid(x: x, y: range, columnCount: 241, rowCount: 241) { x, y in
      function.value(at: function.dimension == 1 ? [x] : [x, y]) - level
    }
  }

  /// A segment, cut where it enters and leaves a set.
  private func segment(_ from: [Double], _ to: [Double], _ inside: Formula) -> Figure.Layer {
    let count = 2000
    var parts: [(points: [(x: Double, y: Double)], isInside: Bool)] = []
    for index in 0...count {
      let fraction = Double(index) / Double(count)
      let point = (0..<2).map { from[$0] * (1 - fraction) + to[$0] * fraction }
      let isInside = inside.value(at: point) <= 1e-12
      if parts.last?.isInside != isInside {
        // The parts meet.
        let last = parts.last?.points.last.map { [$0] } ?? []
        parts.append((last, isInside))
      }
      parts[parts.count - 1].points.append((point[0], point[1]))
    }
    return .segment(
      parts.map { part in ([part.points[0], part.points[part.points.count - 1]], part.isInside) })
  }

  private func path(
    _ configuration: MinimizationConfiguration, label: String?, name: String
  ) throws -> Figure.Layer {
    guard case .expression(let function) = configuration.objective,
      case .point(.each(let start)) = configuration.start,
      let minimizer = configuration.minimizer(sampleCount: nil)
    else { unreachable("a path without a method passed the configuration") }
    var points: [(x: Double, y: Double)] = []
    do {
      _ = try minimizer.minimize(function, from: start) { iterate in
        points.append((iterate.x[0], iterate.x.count > 1 ? iterate.x[1] : iterate.value))
      }
    } catch let error as MinimizationError {
      throw UserMistake("\(name): \(error)")
    }
    return .path(
      ChartSeries(
        name: label ?? configuration.method.name.replacing("_", with: " "), points: points,
        showsPoints: points.count <= 100))
  }
}

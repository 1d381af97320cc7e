package import Configurations
import Minimization
import Reports

/// What a picture of functions shows, as one reads it from a YAML file.
///
/// ```yaml
/// title: a saddle
/// panels:
///   - {x: [-2, 2], y: [-2, 2], layers: [{layer: surface, formula: "x^2 - y^2"}]}
///   - {x: [-2, 2], y: [-2, 2], equal_units: true, layers: [{layer: contours, formula: "x^2 - y^2"}]}
/// ```
package struct PictureConfiguration {
  /// What the whole picture is called.
  package var title: String
  /// The panels in a row.
  package var columns: Int
  /// The panels, row by row.
  package var panels: [Panel]

  /// A drawing over two axes.
  package struct Panel {
    var title: String
    var x: ClosedRange<Double>
    var y: ClosedRange<Double>?
    var labels: (x: String, y: String)
    var scales: (x: AxisScale, y: AxisScale)
    var hasEqualUnits: Bool
    var layers: [Layer]
  }

  /// What is drawn into a panel.
  enum Layer {
    /// A function of x, or a derivative of it.
    case curve(Formula, derivative: Int, label: String?, isDashed: Bool)
    /// The minima and maxima of a function of x.
    case extrema(Formula)
    /// A chord of a function of x, with a point on it and the one below, if a weight says where.
    case chord(Formula, from: Double, to: Double, weight: Double?)
    /// A tangent of a function of x.
    case tangent(Formula, at: Double)
    /// Points with labels.
    case points([[Double]], labels: [String], isBelow: Bool)
    /// A segment, and where it leaves a set.
    case segment(from: [Double], to: [Double], inside: Formula)
    /// Contours of a function of x and y.
    case contours(Formula, levels: [Double]?)
    /// Where a function of x and y is not positive.
    case region(Formula, label: String?)
    /// Where a function of x, or of x and y, is at most a level.
    case below(Formula, level: Double, label: String?)
    /// The way of a method.
    case path(MinimizationConfiguration, label: String?)
    /// A function of x and y as a surface; the only layer of a panel.
    case surface(Formula, azimuthDegrees: Double)
  }

  enum Key: String, ConfigurationWord {
    case title, columns, panels
  }

  /// Reads a configuration from a YAML file; `overrides` are changes in the form `KEY=VALUE`.
  ///
  /// - Throws: a `ConfigurationError` that names the line or the override.
  package static func load(
    path: String, overrides: [String] = []
  ) throws(ConfigurationError) -> PictureConfiguration {
    try parse(ConfigurationNode.text(ofFile: path), source: path, overrides: overrides)
  }

  /// Reads a configuration from a text in YAML; `source` is what error messages call it.
  package static func parse(
    _ text: String, source: String, overrides: [String] = []
  ) throws(ConfigurationError) -> PictureConfiguration {
    let root = try ConfigurationNode(
      yaml: text, source: source, overrides: overrides, expected: "a mapping with panels")
    let reader = try ConfigurationReader<Key>(root)
    let readers: [ConfigurationReader<Panel.Key>] = try reader.sections(.panels) ?? []
    guard !readers.isEmpty, readers.count <= 24 else {
      throw reader.error(.panels, expected: "a list of 1 to 24 panels")
    }
    var panels: [Panel] = []
    for panel in readers { panels.append(try Panel(panel)) }
    return PictureConfiguration(
      title: try reader.text(.title) ?? panels[0].title,
      columns: try reader.integer(.columns, in: 1...6) ?? min(panels.count, 3), panels: panels)
  }
}

extension PictureConfiguration.Panel {
  enum Key: String, ConfigurationWord {
    case title, x, y, layers
    case xLabel = "x_label"
    case yLabel = "y_label"
    case xAxis = "x_axis"
    case yAxis = "y_axis"
    case equalUnits = "equal_units"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    title = try reader.text(.title) ?? ""
    guard let x = try reader.range(.x) else {
      throw reader.error(.x, "missing; expected a range such as [-2, 2]")
    }
    self.x = x
    y = try reader.range(.y)
    labels = (try reader.text(.xLabel) ?? "x", try reader.text(.yLabel) ?? "")
    scales = (try reader.axisScale(.xAxis, x), try reader.axisScale(.yAxis, y))
    hasEqualUnits = try reader.boolean(.equalUnits) ?? false
    let readers: [ConfigurationReader<PictureConfiguration.Layer.Key>] = try reader.sections(.layers) ?? []
    guard !readers.isEmpty, readers.count <= 50 else {
      throw reader.error(.layers, expected: "a list of 1 to 50 layers")
    }
    layers = []
    for layer in readers { layers.append(try PictureConfiguration.Layer(layer)) }
    for layer in layers {
      if case .surface = layer, layers.count > 1 {
        throw reader.error(.layers, "found a surface among others, expected it to be alone in its panel")
      }
      if layer.isPlane, y == nil {
        throw reader.error(.y, "missing; expected a range such as [-2, 2], since a layer is of x and y")
      }
    }
    if hasEqualUnits, y == nil {
      throw reader.error(.y, "missing; expected a range such as [-2, 2] where units are equal")
    }
  }
}

extension ConfigurationReader {
  /// Two numbers, the smaller one first, not farther out than ±10¹⁰⁰.
  func range(_ key: Key) throws(ConfigurationError) -> ClosedRange<Double>? {
    guard let ends = try vector(key) else { return nil }
    guard ends.count == 2, ends[0] < ends[1], ends.allSatisfy({ abs($0) <= 1e100 }),
      ends[1] - ends[0] > 1e-9 * max(abs(ends[0]), abs(ends[1]))
    else { throw error(key, "found \(ends), expected two numbers such as [-2, 2], the smaller one first") }
    return ends[0]...ends[1]
  }

  /// How an axis spreads its values.
  func axisScale(_ key: Key, _ range: ClosedRange<Double>?) throws(ConfigurationError) -> AxisScale {
    let scale: AxisScaleName = try word(key) ?? .linear
    guard scale == .logarithmic else { return .linear }
    if let range, range.lowerBound <= 0 {
      throw error(key, "found logarithmic, expected linear, since the range begins at \(range.lowerBound)")
    }
    return .logarithmic
  }
}

/// How a configuration calls the scales of axes.
enum AxisScaleName: String, ConfigurationWord {
  case linear, logarithmic

  /// The scale.
  var scale: AxisScale { self == .linear ? .linear : .logarithmic }
}

import Configurations
import Minimization

extension PictureConfiguration.Layer {
  enum Name: String, ConfigurationWord {
    case curve, extrema, chord, tangent, points, segment, contours, region, below, path, surface
  }

  /// Where labels stand.
  enum Side: String, ConfigurationWord {
    case above, below
  }

  enum Key: String, ConfigurationWord {
    case layer, formula, label, labels, derivative, dashed, from, to, weight, at, points, inside, levels,
      level
    case method, start, steps, seed, azimuth, side

    /// The layers that the key has a meaning for; nil if it has one for all.
    fileprivate var owners: [Name]? {
      switch self {
      case .layer: nil
      case .formula: [.curve, .extrema, .chord, .tangent, .contours, .region, .below, .path, .surface]
      case .label: [.curve, .region, .below, .path]
      case .labels, .points, .side: [.points]
      case .derivative, .dashed: [.curve]
      case .from, .to: [.chord, .segment]
      case .weight: [.chord]
      case .at: [.tangent]
      case .inside: [.segment]
      case .levels: [.contours]
      case .level: [.below]
      case .method, .start, .steps, .seed: [.path]
      case .azimuth: [.surface]
      }
    }
  }

  /// Whether it lies in the plane of x and y.
  var isPlane: Bool {
    switch self {
    case .segment, .contours, .region, .surface: true
    case .below(let function, _, _): function.variables.contains("y")
    case .path(let configuration, _):
      if case .expression(let function) = configuration.objective { function.dimension == 2 } else { false }
    case .curve, .extrema, .chord, .tangent, .points: false
    }
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    let name: Name = try reader.requiredWord(.layer)
    try reader.requireKeys(of: name, nameKey: .layer) { $0.owners }
    func curve() throws(ConfigurationError) -> Formula { try reader.expression(.formula, ["x"]) }
    func plane() throws(ConfigurationError) -> Formula { try reader.expression(.formula, ["x", "y"]) }
    switch name {
    case .curve:
      self = .curve(
        try curve(), derivative: try reader.integer(.derivative, in: 0...2) ?? 0,
        label: try reader.text(.label),
        isDashed: try reader.boolean(.dashed) ?? false)
    case .extrema: self = .extrema(try curve())
    case .chord:
      self = .chord(
        try curve(), from: try reader.requiredDouble(.from, .any), to: try reader.requiredDouble(.to, .any),
        weight: try reader.double(.weight, .fraction))
    case .tangent: self = .tangent(try curve(), at: try reader.requiredDouble(.at, .any))
    case .points:
      let points = try reader.requiredMatrix(.points)
      guard points.allSatisfy({ $0.count == 2 }) else {
        throw reader.error(.points, expected: "points of two coordinates, such as [[0, 1], [2, 3]]")
      }
      let labels =
        try reader.texts(.labels, expected: "a list of texts")?.map(\.text) ?? points.map { _ in "" }
      guard labels.count == points.count else {
        throw reader.error(
          .labels, "found \(labels.count) texts, expected \(points.count), one for each point")
      }
      let side: Side = try reader.word(.side) ?? .above
      self = .points(points, labels: labels, isBelow: side == .below)
    case .segment:
      self = .segment(
        from: try reader.point(.from), to: try reader.point(.to),
        inside: try reader.expression(.inside, ["x", "y"]))
    case .contours: self = .contours(try plane(), levels: try reader.vector(.levels))
    case .region: self = .region(try plane(), label: try reader.text(.label))
    case .below:
      var function = try plane()
      if !function.uses("y") { function = try curve() }
      self = .below(
        function, level: try reader.requiredDouble(.level, .any), label: try reader.text(.label))
    case .path: self = .path(try Self.minimization(reader), label: try reader.text(.label))
    case .surface:
      self = .surface(try plane(), azimuthDegrees: try reader.double(.azimuth, .any) ?? -60)
    }
  }

  private static func minimization(
    _ reader: ConfigurationReader<Key>
  ) throws(ConfigurationError) -> MinimizationConfiguration {
    let plane = try reader.expression(.formula, ["x", "y"])
    let function = plane.uses("y") ? plane : try reader.expression(.formula, ["x"])
    let method = try MinimizationConfiguration.Method(reader.section(.method))
    if method.isConstrained {
      throw reader.error(.method, "found a method with constraints, expected one without")
    }
    if case .stochastic(_, .minibatch) = method {
      throw reader.error(.method, "found batch, expected noise, since a formula has no samples")
    }
    guard let start = try reader.vector(.start), start.count == function.dimension else {
      throw reader.error(.start, expected: "a list of \(function.dimension) numbers")
    }
    return MinimizationConfiguration(
      objective: .expression(function), data: nil, method: method, constraints: [],
      start: .point(.each(start)), length: .steps(try reader.integer(.steps, in: 0...100_000) ?? 20),
      tolerance: 1e-12,
      evaluateEvery: nil, seed: try reader.integer(.seed, in: 0...Int.max) ?? 0,
      check: MinimizationConfiguration.Check(convexity: nil, stationaryPoint: false))
  }
}

extension ConfigurationReader {
  /// A formula in some variables.
  func expression(_ key: Key, _ variables: [String]) throws(ConfigurationError) -> Formula {
    guard let formula = try text(key) else {
      throw error(key, "missing; expected a formula such as \(variables.count > 1 ? "x^2 - y^2" : "x^2")")
    }
    do {
      return try Formula(formula, variables: variables)
    } catch {
      throw self.error(key, error.description)
    }
  }

  /// Two coordinates.
  func point(_ key: Key) throws(ConfigurationError) -> [Double] {
    let point = try requiredVector(key)
    guard point.count == 2 else { throw error(key, expected: "two coordinates, such as [0, 1]") }
    return point
  }
}

extension NumberRequirement {
  fileprivate static var fraction: Self { .init(description: "a number from 0 to 1") { $0 >= 0 && $0 <= 1 } }
}

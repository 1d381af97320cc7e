import Configurations
import Records

extension MinimizationConfiguration {
  /// A convex set that must hold the solution: an element of the list `constraints`.
  ///
  /// `projected_gradient` projects on the intersection of all; `penalty` and `augmented_lagrangian` take a set as the
  /// functions c(x) ≤ 0 and e(x) = 0 that describe it.
  package enum Constraint: Equatable, Sendable {
    /// ‖x − c‖ ≤ r.
    case ball(center: Coordinates, radius: Double)
    /// l ≤ x ≤ u; nil where there is no bound.
    case box(lower: Coordinates?, upper: Coordinates?)
    /// ⟨a, x⟩ ≤ b.
    case halfSpace(normal: [Double], bound: Double)
    /// x ≥ 0 and Σ xᵢ = s.
    case simplex(sum: Double)
    /// A x = b.
    case affine(matrix: [[Double]], rightHandSide: [Double])
  }

  /// Numbers by variable, or one for all of them.
  package enum Coordinates: Equatable, Sendable {
    case all(Double)
    case each([Double])
  }
}

extension MinimizationConfiguration.Constraint {
  enum Name: String, ConfigurationWord {
    case ball, box, simplex, affine
    case halfSpace = "half_space"
  }

  enum Key: String, ConfigurationWord {
    case name, center, radius, lower, upper, normal, bound, sum, matrix
    case rightHandSide = "right_hand_side"

    /// The sets that the key has a meaning for; nil if it has one for all.
    fileprivate var owners: [Name]? {
      switch self {
      case .name: nil
      case .center, .radius: [.ball]
      case .lower, .upper: [.box]
      case .normal, .bound: [.halfSpace]
      case .sum: [.simplex]
      case .matrix, .rightHandSide: [.affine]
      }
    }
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    let name: Name = try reader.requiredWord(.name)
    try reader.requireKeys(of: name, nameKey: .name) { $0.owners }
    switch name {
    case .ball:
      self = .ball(
        center: try reader.coordinates(.center) ?? .all(0),
        radius: try reader.requiredDouble(.radius, .notNegative))
    case .box:
      self = .box(lower: try reader.coordinates(.lower), upper: try reader.coordinates(.upper))
    case .halfSpace:
      let normal = try reader.requiredVector(.normal)
      guard normal.contains(where: { $0 != 0 }) else {
        throw reader.error(.normal, expected: "a number other than 0 among its elements")
      }
      self = .halfSpace(normal: normal, bound: try reader.requiredDouble(.bound, .any))
    case .simplex: self = .simplex(sum: try reader.double(.sum, .positive) ?? 1)
    case .affine:
      let matrix = try reader.requiredMatrix(.matrix)
      let rightHandSide = try reader.requiredVector(.rightHandSide)
      guard rightHandSide.count == matrix.count else {
        throw reader.error(
          .rightHandSide, "found \(rightHandSide.count) numbers, expected \(matrix.count) as matrix has rows")
      }
      self = .affine(matrix: matrix, rightHandSide: rightHandSide)
    }
  }

  var json: JSON {
    switch self {
    case .ball(let center, let radius):
      .section([Key.name: .word(Name.ball), .center: center.json, .radius: .number(radius)])
    case .box(let lower, let upper):
      .section([Key.name: .word(Name.box), .lower: lower?.json, .upper: upper?.json])
    case .halfSpace(let normal, let bound):
      .section([Key.name: .word(Name.halfSpace), .normal: .vector(normal), .bound: .number(bound)])
    case .simplex(let sum):
      .section([Key.name: .word(Name.simplex), .sum: .number(sum)])
    case .affine(let matrix, let rightHandSide):
      .section([
        Key.name: .word(Name.affine), .matrix: .matrix(matrix), .rightHandSide: .vector(rightHandSide),
      ])
    }
  }
}

extension MinimizationConfiguration.Coordinates {
  var json: JSON {
    switch self {
    case .all(let value): .number(value)
    case .each(let values): .vector(values)
    }
  }
}

extension ConfigurationReader {
  /// A list of numbers, or a number.
  func coordinates(_ key: Key) throws(ConfigurationError) -> MinimizationConfiguration.Coordinates? {
    guard let node = node(key) else { return nil }
    if case .list = node.content { return try vector(key).map { .each($0) } }
    guard node.plainText.flatMap(Self.number(of:)) != nil else {
      throw error(key, expected: "a list of numbers, or one number for all variables")
    }
    return try double(key, .any).map { .all($0) }
  }
}

extension JSON {
  /// A list of numbers.
  static func vector(_ values: [Double]) -> JSON { .list(values.map(JSON.number)) }

  /// A list of rows.
  static func matrix(_ rows: [[Double]]) -> JSON { .list(rows.map(JSON.vector)) }
}

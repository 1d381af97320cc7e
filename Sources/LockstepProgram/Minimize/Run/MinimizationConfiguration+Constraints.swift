import Minimization
import Mistakes

extension MinimizationConfiguration.Constraint {
  /// The convex set.
  ///
  /// - Parameters:
  ///   - dimension: the objective's variables.
  ///   - name: where the constraint is written, for messages.
  /// - Throws: `UserMistake` for numbers that do not fit; `ConstraintError.inconsistentEquations`.
  func set(dimension: Int, name: String) throws -> any ConvexSet {
    do {
      switch self {
      case .ball(let center, let radius):
        return try Ball(center: center.values(dimension, name: "\(name).center"), radius: radius)
      case .box(let lower, let upper):
        return try Box(
          lower: lower?.values(dimension, name: "\(name).lower") ?? Self.unbounded(-.infinity, dimension),
          upper: upper?.values(dimension, name: "\(name).upper") ?? Self.unbounded(.infinity, dimension))
      case .halfSpace(let normal, let bound):
        let normal = try MinimizationConfiguration.Coordinates.each(normal).values(
          dimension, name: "\(name).normal")
        return try HalfSpace(normal: normal, bound: bound)
      case .simplex(let sum):
        return try Simplex(dimension: dimension, sum: sum)
      case .affine(let matrix, let rightHandSide):
        guard matrix[0].count == dimension else {
          throw UserMistake(
            "\(name).matrix: has \(matrix[0].count) columns, but the objective has \(dimension) variables")
        }
        return try AffineSubspace(matrix: DenseMatrix(rows: matrix), rightHandSide: rightHandSide)
      }
    } catch let error as ConstraintError {
      if case .inconsistentEquations = error { throw error }
      throw UserMistake("\(name): \(error)")
    }
  }

  private static func unbounded(_ value: Double, _ dimension: Int) -> [Double] {
    [Double](repeating: value, count: dimension)
  }
}

extension ConstrainedProblem {
  /// An objective under sets, each as the functions that describe it.
  ///
  /// - Parameters:
  ///   - objective: what is minimized.
  ///   - constraints: what the configuration says about the sets, whose numbers fit the objective.
  ///   - name: where the constraints are written, for messages.
  init(
    _ objective: any TwiceDifferentiableObjective, _ constraints: [MinimizationConfiguration.Constraint],
    name: String
  ) throws(UserMistake) {
    self.init(objective: objective)
    let dimension = objective.dimension
    for constraint in constraints {
      switch constraint {
      case .ball(let center, let radius):
        inequalities.append(
          SquaredRadius(center: try center.values(dimension, name: "\(name).center"), radius: radius))
      case .box(let lower, let upper):
        let bounds = [
          (try lower?.values(dimension, name: "\(name).lower"), -1.0),
          (try upper?.values(dimension, name: "\(name).upper"), 1.0),
        ]
        for (bound, sign) in bounds {
          for (index, value) in (bound ?? []).enumerated() {
            inequalities.append(
              LinearFunction.coordinate(index, of: dimension, sign: sign, bound: sign * value))
          }
        }
      case .halfSpace(let normal, let bound):
        inequalities.append(LinearFunction(coefficients: normal, bound: bound))
      case .simplex(let sum):
        for index in 0..<dimension {
          inequalities.append(LinearFunction.coordinate(index, of: dimension, sign: -1, bound: 0))
        }
        equalities.append(
          LinearFunction(coefficients: [Double](repeating: 1, count: dimension), bound: sum))
      case .affine(let matrix, let rightHandSide):
        for (row, value) in zip(matrix, rightHandSide) {
          equalities.append(LinearFunction(coefficients: row, bound: value))
        }
      }
    }
  }
}

extension LinearFunction {
  /// ± xᵢ − b.
  fileprivate static func coordinate(
    _ index: Int, of dimension: Int, sign: Double, bound: Double
  ) -> LinearFunction {
    var coefficients = [Double](repeating: 0, count: dimension)
    coefficients[index] = sign
    return LinearFunction(coefficients: coefficients, bound: bound)
  }
}

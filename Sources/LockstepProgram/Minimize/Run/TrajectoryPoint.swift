import Minimization
import Records
import Reports

/// A point of a minimization as it is written down.
struct TrajectoryPoint {
  /// What tells how far from the end it is, and how it was reached.
  enum Measures {
    /// The norm of the gradient, and the factor η of the step.
    case gradient(norm: Double, stepLength: Double)
    /// What Karush, Kuhn and Tucker's conditions leave, with the multipliers, and the price ρ of a violation.
    case constrained(KKTResidual, ConstrainedProblem.Multipliers, penalty: Double)
  }

  /// The steps or rounds before.
  var step: Int
  /// The point x.
  var x: [Double]
  /// The value f(x).
  var value: Double
  var measures: Measures

  /// A point of a descent.
  init(_ iterate: Iterate) {
    (step, x, value) = (iterate.step, iterate.x, iterate.value)
    measures = .gradient(norm: iterate.gradientNorm, stepLength: iterate.stepLength)
  }

  /// The solution of a problem without constraints.
  init(_ round: ConstrainedMinimizer.Round) {
    (step, x, value) = (round.number, round.x, round.value)
    measures = .constrained(round.residual, round.multipliers, penalty: round.penalty)
  }

  /// The number that the tolerance is for, and the length of the step or the price of a violation.
  var columns: (residual: Double, length: Double) {
    switch measures {
    case .gradient(let norm, let stepLength): (norm, stepLength)
    case .constrained(let residual, _, let penalty): (residual.maximum, penalty)
    }
  }

  /// All numbers but the step, in a fixed order.
  var numbers: [Double] {
    switch measures {
    case .gradient(let norm, let stepLength): x + [value, norm, stepLength]
    case .constrained(let residual, let multipliers, let penalty):
      x + [value, residual.maximum, penalty] + multipliers.inequalities + multipliers.equalities
    }
  }

  /// The members of its object in `trajectory.jsonl`.
  var members: [(key: String, value: JSON)] {
    let place: [(key: String, value: JSON)] = [
      ("x", .preciseVector(x)), ("value", .precise(value)),
    ]
    switch measures {
    case .gradient(let norm, let stepLength):
      return place + [("gradient_norm", .precise(norm)), ("step_length", .precise(stepLength))]
    case .constrained(let residual, let multipliers, let penalty):
      return place + [
        ("kkt_residual", .precise(residual.maximum)), ("stationarity", .precise(residual.stationarity)),
        ("feasibility", .precise(residual.feasibility)),
        ("complementarity", .precise(residual.complementarity)), ("penalty", .precise(penalty)),
        (
          "multipliers",
          .object([
            ("inequalities", .preciseVector(multipliers.inequalities)),
            ("equalities", .preciseVector(multipliers.equalities)),
          ])
        ),
      ]
    }
  }
}

extension JSON {
  /// A list of numbers in 17 significant digits.
  static func preciseVector(_ values: [Double]) -> JSON { .list(values.map(JSON.precise)) }
}

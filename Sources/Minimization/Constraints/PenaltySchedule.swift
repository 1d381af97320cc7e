import Foundation

/// The penalties and tolerances of the rounds of a ``ConstrainedMinimizer``.
struct PenaltySchedule {
  let method: ConstrainedMinimizer.Method
  let tolerance: Double
  /// The price ρ of a violation.
  var penalty = 10.0
  /// How exactly the problem without constraints is solved.
  var gradientTolerance: Double
  /// The violation up to which the multipliers are good enough to be kept.
  var violationTolerance: Double

  /// Beyond this, the penalty's part in the Hessian leaves no digits of the objective's.
  static let penaltyLimit = 1e10

  init(method: ConstrainedMinimizer.Method, tolerance: Double) {
    self.method = method
    self.tolerance = tolerance
    (gradientTolerance, violationTolerance) = (0, 0)
    restart()
  }

  /// Sets the tolerances that belong to a new penalty: ω = 1/ρ and η = 1/ρ^0.1.
  private mutating func restart() {
    gradientTolerance = max(1 / penalty, tolerance / 10)
    violationTolerance = pow(penalty, -0.1)
  }

  /// Goes on to the next round; returns whether the multipliers are to be updated.
  mutating func advance(change: Double) -> Bool {
    if method == .augmentedLagrangian && change <= violationTolerance {
      gradientTolerance = max(gradientTolerance / penalty, tolerance / 10)
      violationTolerance *= pow(penalty, -0.9)
      return true
    }
    penalty *= method == .penalty ? 10 : 100
    restart()
    return false
  }
}

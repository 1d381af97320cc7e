import Mistakes

/// Solves problems with constraints as a sequence of problems without.
///
/// The penalty method lets violations cost ever more; its solutions violate a constraint by about α/ρ, and at a ρ above
/// 10⁷ or so rounding takes over, so that a residual of 10⁻⁶ is what it can be asked for. The augmented Lagrangian learns
/// the multipliers and reaches 10⁻⁸ and better with moderate penalties.
///
/// ```swift
/// let problem = ConstrainedProblem(
///   objective: Quadratic(matrix: matrix, linear: linear), inequalities: [SquaredRadius(center: [0, 0], radius: 1)])
/// let result = try ConstrainedMinimizer(.augmentedLagrangian).minimize(problem, from: [0, 0])
/// print(result.outcome, result.x, result.multipliers.inequalities, result.residual.maximum)
/// ```
public struct ConstrainedMinimizer {
  /// How violations are priced.
  public enum Method: Hashable, Sendable {
    /// ρ is multiplied by 10 in every round, multipliers are not used. Nocedal, Wright: "Numerical Optimization", 2nd
    /// edition, framework 17.1.
    case penalty
    /// The multipliers are updated in every round with a small enough violation, otherwise ρ is multiplied by 100.
    /// Nocedal, Wright, algorithm 17.4, with the inequalities as in Rockafellar's function instead of slack variables.
    case augmentedLagrangian
  }

  /// How violations are priced.
  public var method: Method
  /// How the problems without constraints are solved, in at most this many steps each.
  public var inner: Minimizer
  /// The maximum of the ``KKTResidual`` at which to stop, > 0.
  public var tolerance: Double
  /// The rounds to make at most, ≥ 1; one for each problem without constraints.
  public var roundLimit: Int

  /// Solves problems without constraints, one a round, until the residual is within the tolerance.
  ///
  /// - Parameters:
  ///   - method: how violations are priced.
  ///   - tolerance: the residual to reach, > 0; by default 10⁻⁸, for the penalty method 10⁻⁶.
  ///   - inner: how the problems without constraints are solved; its tolerance is set in each round. By default
  ///     Newton's method with backtracking, gradient steps where the Hessian is zero, and 200 steps.
  ///   - roundLimit: the rounds to make at most, ≥ 1.
  public init(
    _ method: Method, tolerance: Double? = nil, inner: Minimizer? = nil, roundLimit: Int = 50
  ) {
    let tolerance = tolerance ?? (method == .penalty ? 1e-6 : 1e-8)
    require(tolerance > 0 && roundLimit >= 1, "tolerance \(tolerance), \(roundLimit) rounds")
    self.method = method
    self.tolerance = tolerance
    self.inner = inner ?? Minimizer(method: SafeguardedNewton(), stepLimit: 200)
    self.roundLimit = roundLimit
  }

  /// How a run ended.
  public enum Ending: Hashable, Sendable {
    /// The residual is within the tolerance.
    case converged
    /// The gradient of the Lagrangian is as small as rounding lets it become beside the penalty ρ, though not within the
    /// tolerance; constraints that bind hold within 10⁻⁸ of the size of x.
    case convergedToRounding(Outcome.RoundingLimit, penalty: Double)
    /// The constraints contradict each other, at least near the last point: no small move lessens their violation.
    case infeasible(violation: Double)
    /// The penalty became so large that rounding hides the rest, and the residual is not within the tolerance.
    case penaltyLimit(Double)
    /// The rounds allowed were made.
    case roundLimit
    /// A problem without constraints leads to numbers that are not finite: f may be unbounded.
    case overflow
  }

  /// A round's end.
  public struct Round: Hashable, Sendable {
    /// The number of the round, from 1.
    public var number: Int
    /// The point x, n elements.
    public var x: [Double]
    /// The value f(x), without penalties.
    public var value: Double
    /// The estimates of the multipliers.
    public var multipliers: ConstrainedProblem.Multipliers
    /// How far from a constrained minimum x is.
    public var residual: KKTResidual
    /// The penalty ρ of the round.
    public var penalty: Double
    /// How the problem without constraints ended.
    public var innerOutcome: Outcome
  }

  /// What a run leaves.
  public struct Result: Hashable, Sendable {
    /// How it ended.
    public var ending: Ending
    /// The last round.
    public var last: Round
  }

  /// Solves a problem.
  ///
  /// Over the data of several ranks all ranks must call this, with the same arguments.
  ///
  /// - Parameters:
  ///   - problem: n variables.
  ///   - start: n elements; it need not satisfy the constraints.
  ///   - observer: sees the end of each round.
  /// - Throws: ``MinimizationError`` for a start that does not fit, and what the functions and the observer throw.
  public func minimize(
    _ problem: ConstrainedProblem, from start: [Double], observer: (Round) throws -> Void = { _ in }
  ) throws -> Result {
    var schedule = PenaltySchedule(method: method, tolerance: tolerance)
    var multipliers = ConstrainedProblem.Multipliers(
      inequalities: problem.inequalities.map { _ in 0 }, equalities: problem.equalities.map { _ in 0 })
    var x = start
    var number = 0
    while true {
      number += 1
      let function = AugmentedLagrangian(
        problem: problem, multipliers: multipliers, penalty: schedule.penalty)
      var inner = inner
      inner.gradientTolerance = schedule.gradientTolerance
      let solution = try inner.minimize(function, from: x)
      x = solution.last.x
      let updated = try function.updatedMultipliers(at: x)
      let round = Round(
        number: number, x: x, value: try problem.objective.value(at: x), multipliers: updated,
        residual: try problem.residual(at: x, updated), penalty: schedule.penalty,
        innerOutcome: solution.outcome)
      try observer(round)
      if round.residual.maximum <= tolerance { return Result(ending: .converged, last: round) }
      // Penalties alone come nearer with every round, so that only their last one counts.
      if method == .augmentedLagrangian, solution.outcome != .converged,
        let limit = try roundingLimit(of: round, function)
      {
        return Result(ending: .convergedToRounding(limit, penalty: round.penalty), last: round)
      }
      if [.overflow, .overflowAtStart].contains(solution.outcome) {
        return Result(ending: .overflow, last: round)
      }
      // The change of the multipliers is ρ times the violation, or times what complementarity lacks.
      let change = maximumNorm(
        zip(updated.all, multipliers.all).map { ($0 - $1) / schedule.penalty })
      if schedule.advance(change: change) { multipliers = updated }
      let isLast = number == roundLimit
      if isLast || schedule.penalty > PenaltySchedule.penaltyLimit {
        if let limit = try roundingLimit(of: round, function) {
          return Result(ending: .convergedToRounding(limit, penalty: round.penalty), last: round)
        }
      }
      if schedule.penalty > PenaltySchedule.penaltyLimit {
        return Result(ending: try verdict(problem, round), last: round)
      }
      if isLast { return Result(ending: .roundLimit, last: round) }
    }
  }

  /// What keeps a round from the tolerance, if that is rounding alone and the constraints hold as well as they can.
  ///
  /// The roundings of a constraint are multiplied by the penalty before they meet the gradient of the objective.
  private func roundingLimit(of round: Round, _ function: AugmentedLagrangian) throws -> Outcome
    .RoundingLimit?
  {
    let problem = function.problem
    let violations =
      try zip(problem.inequalities, round.multipliers.inequalities).map { constraint, multiplier in
        let value = try constraint.value(at: round.x)
        // A constraint that does not bind is none of a solution's concern, if it has no price either.
        let isFree = value <= 0 && -value * multiplier <= Self.closeness * (1 + abs(round.value))
        return (constraint, isFree ? 0 : abs(value))
      } + problem.equalities.map { ($0, abs(try $0.value(at: round.x))) }
    let scale = 1 + maximumNorm(round.x)
    for (constraint, violation) in violations {
      // To first order the distance from where the constraint holds is the violation over the slope.
      let slope = norm(try constraint.gradient(at: round.x))
      guard violation <= Self.closeness * scale * slope else { return nil }
    }
    guard round.residual.signs <= tolerance else { return nil }
    let gradient = try function.gradient(at: round.x)
    let rounding = try GradientRounding(at: round.x, reference: gradient, gradient: function.gradient)
    guard rounding.hides(gradient) else { return nil }
    return .init(residual: round.residual.maximum, rounding: rounding.size, tolerance: tolerance)
  }

  /// How near a solution has to be, relative to its size, where rounding keeps it from the tolerance.
  private static let closeness = 1e-8

  /// Whether a run that its penalty did not make feasible has no feasible point, or only bad luck.
  private func verdict(_ problem: ConstrainedProblem, _ round: Round) throws -> Ending {
    let violation = round.residual.feasibility
    guard violation > tolerance else { return .penaltyLimit(round.penalty) }
    // With a large penalty x is next to a minimum of ½ Σ max(0, cᵢ)² + ½ Σ eⱼ². Its gradient tells an infeasible
    // problem, where it vanishes against the violation, from one that is only solved badly.
    var slope = [Double](repeating: 0, count: round.x.count)
    for constraint in problem.inequalities {
      slope = sum(slope, max(0, try constraint.value(at: round.x)), try constraint.gradient(at: round.x))
    }
    for constraint in problem.equalities {
      slope = sum(slope, try constraint.value(at: round.x), try constraint.gradient(at: round.x))
    }
    // To first order a violation v goes away within v² / ‖slope‖; where that is much farther than x itself, no small
    // move lessens it.
    return maximumNorm(slope) * (1 + maximumNorm(round.x)) * 1e4 <= violation * violation
      ? .infeasible(violation: violation) : .penaltyLimit(round.penalty)
  }
}

extension ConstrainedMinimizer.Ending: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .converged: "converged"
    case .convergedToRounding(let limit, let penalty): "converged: at ρ = \(penalty) \(limit)"
    case .infeasible(let violation):
      "infeasible: the constraints contradict each other, one is violated by \(violation)"
    case .penaltyLimit(let penalty): "penalty limit reached: rounding hides the rest at ρ = \(penalty)"
    case .roundLimit: "round limit reached, the KKT residual is above the tolerance"
    case .overflow: "overflow: the objective may have no minimum under these constraints"
    }
  }
}

extension ConstrainedProblem.Multipliers {
  /// Those of the inequalities, then those of the equalities.
  var all: [Double] { inequalities + equalities }
}

import Mistakes

/// Minimize f(x) subject to cᵢ(x) ≤ 0 and eⱼ(x) = 0.
///
/// Constraints are functions like the objective itself, and all of them know their Hessians.
public struct ConstrainedProblem {
  /// What is minimized, f.
  public var objective: any TwiceDifferentiableObjective
  /// The functions cᵢ that must not be positive.
  public var inequalities: [any TwiceDifferentiableObjective]
  /// The functions eⱼ that must be zero.
  public var equalities: [any TwiceDifferentiableObjective]

  /// The problem min f subject to cᵢ ≤ 0 and eⱼ = 0; all functions have the same variables.
  public init(
    objective: any TwiceDifferentiableObjective, inequalities: [any TwiceDifferentiableObjective] = [],
    equalities: [any TwiceDifferentiableObjective] = []
  ) {
    require(
      (inequalities + equalities).allSatisfy { $0.dimension == objective.dimension },
      "constraints of \((inequalities + equalities).map(\.dimension)) variables meet \(objective.dimension)")
    self.objective = objective
    self.inequalities = inequalities
    self.equalities = equalities
  }

  /// The factors of the constraints in the Lagrangian f + Σ αᵢ cᵢ + Σ νⱼ eⱼ.
  public struct Multipliers: Hashable, Sendable {
    /// αᵢ ≥ 0, one for each inequality.
    public var inequalities: [Double]
    /// νⱼ of either sign, one for each equality.
    public var equalities: [Double]

    /// One multiplier for each constraint, in the order of the problem's.
    public init(inequalities: [Double], equalities: [Double]) {
      self.inequalities = inequalities
      self.equalities = equalities
    }
  }

  /// How far a point is from a minimum of the problem.
  ///
  /// - Parameters:
  ///   - x: n elements.
  ///   - multipliers: one for each constraint.
  /// - Throws: what the functions throw.
  public func residual(at x: [Double], _ multipliers: Multipliers) throws -> KKTResidual {
    let weights = multipliers.inequalities + multipliers.equalities
    require(
      multipliers.inequalities.count == inequalities.count
        && multipliers.equalities.count == equalities.count,
      "\(weights.count) multipliers for \(inequalities.count + equalities.count) constraints")
    var slope = try objective.gradient(at: x)
    for (constraint, weight) in zip(inequalities + equalities, weights) {
      slope = sum(slope, weight, try constraint.gradient(at: x))
    }
    let bounded = try inequalities.map { try $0.value(at: x) }
    let fixed = try equalities.map { try $0.value(at: x) }
    return KKTResidual(
      stationarity: maximumNorm(slope),
      feasibility: max(maximumNorm(bounded.map { max($0, 0) }), maximumNorm(fixed)),
      complementarity: maximumNorm(zip(multipliers.inequalities, bounded).map { $0 * $1 }),
      signs: maximumNorm(multipliers.inequalities.map { max(-$0, 0) }))
  }
}

/// What the conditions of Karush, Kuhn and Tucker for a minimum leave, each in the maximum norm; zero at a minimum.
///
/// Boyd, Vandenberghe: "Convex Optimization", section 5.5.3; Nocedal, Wright: "Numerical Optimization", 2nd edition,
/// equations 12.34.
public struct KKTResidual: Hashable, Sendable {
  /// The gradient of the Lagrangian: ‖∇f + Σ αᵢ ∇cᵢ + Σ νⱼ ∇eⱼ‖.
  public var stationarity: Double
  /// The violation of the constraints: the largest of cᵢ and |eⱼ|, or 0.
  public var feasibility: Double
  /// The largest |αᵢ cᵢ|: a constraint has a price only where it binds.
  public var complementarity: Double
  /// The largest −αᵢ, or 0.
  public var signs: Double

  /// The largest of the four; not a number if one of them is not.
  public var maximum: Double { maximumNorm([stationarity, feasibility, complementarity, signs]) }
}

/// The largest magnitude of the elements; 0 without any, not a number if one of them is not.
func maximumNorm(_ vector: [Double]) -> Double {
  vector.reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, abs($1)) }
}

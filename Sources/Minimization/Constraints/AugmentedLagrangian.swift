/// A constrained problem as a function without constraints, in which violations cost.
///
///     f(x) + Σ (max(0, αᵢ + ρ cᵢ(x))² − αᵢ²) / 2ρ + Σ (νⱼ eⱼ(x) + ρ/2 eⱼ(x)²)
///
/// With multipliers of zero it is the quadratic penalty f + ρ/2 Σ max(0, cᵢ)² + ρ/2 Σ eⱼ². Rockafellar: "The Multiplier
/// Method of Hestenes and Powell Applied to Convex Programming", Journal of Optimization Theory and Applications 12,
/// 1973, doi:10.1007/BF00934777; Nocedal, Wright: "Numerical Optimization", 2nd edition, section 17.4.
///
/// Where αᵢ + ρ cᵢ = 0 the second derivative jumps; the Hessian there is the one of the inner side, without cᵢ.
struct AugmentedLagrangian: TwiceDifferentiableObjective {
  let problem: ConstrainedProblem
  let multipliers: ConstrainedProblem.Multipliers
  /// The price ρ > 0 of a violation.
  let penalty: Double

  var dimension: Int { problem.objective.dimension }

  /// The multipliers that make the gradient of the Lagrangian at x the one of this function.
  func updatedMultipliers(at x: [Double]) throws -> ConstrainedProblem.Multipliers {
    let weights = try weightedConstraints(at: x).map(\.weight)
    let count = problem.inequalities.count
    return .init(inequalities: Array(weights[..<count]), equalities: Array(weights[count...]))
  }

  func value(at x: [Double]) throws -> Double {
    var result = try problem.objective.value(at: x)
    for (constraint, multiplier) in zip(problem.inequalities, multipliers.inequalities) {
      let weight = max(0, multiplier + penalty * (try constraint.value(at: x)))
      result += (weight * weight - multiplier * multiplier) / (2 * penalty)
    }
    for (constraint, multiplier) in zip(problem.equalities, multipliers.equalities) {
      let violation = try constraint.value(at: x)
      result += (multiplier + penalty / 2 * violation) * violation
    }
    return result
  }

  func gradient(at x: [Double]) throws -> [Double] {
    var result = try problem.objective.gradient(at: x)
    for (constraint, weight, isActive) in try weightedConstraints(at: x) where isActive {
      result = sum(result, weight, try constraint.gradient(at: x))
    }
    return result
  }

  func hessian(at x: [Double]) throws -> DenseMatrix {
    var result = try problem.objective.hessian(at: x)
    for (constraint, weight, isActive) in try weightedConstraints(at: x) where isActive {
      let slope = try constraint.gradient(at: x)
      let curvature = try constraint.hessian(at: x)
      for column in 0..<dimension {
        for row in 0..<dimension {
          result[row, column] += weight * curvature[row, column] + penalty * slope[row] * slope[column]
        }
      }
    }
    return result
  }

  /// Every constraint with αᵢ + ρ cᵢ, at least 0, or νⱼ + ρ eⱼ, and whether it has a part in the derivatives.
  private func weightedConstraints(
    at x: [Double]
  ) throws -> [(constraint: any TwiceDifferentiableObjective, weight: Double, isActive: Bool)] {
    try zip(problem.inequalities, multipliers.inequalities).map { constraint, multiplier in
      let weight = multiplier + penalty * (try constraint.value(at: x))
      // Written so that a weight that is no number stays none.
      return (constraint, weight <= 0 ? 0 : weight, !(weight <= 0))
    }
      + zip(problem.equalities, multipliers.equalities).map { constraint, multiplier in
        (constraint, multiplier + penalty * (try constraint.value(at: x)), true)
      }
  }
}

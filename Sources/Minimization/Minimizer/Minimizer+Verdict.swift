extension Minimizer {
  /// A result with the reason of its end: whether there is a minimum, whether rounding alone is in the way, whether the
  /// run diverges or only needs more steps; and the limit of the learning rate.
  ///
  /// - Parameters:
  ///   - result: how the loop ended.
  ///   - first: the start.
  ///   - growth: in how many evaluations in a row value and gradient have grown.
  ///   - objective: what is minimized.
  func judged(
    _ result: Result, first: Iterate, growth: Int, _ objective: any Objective
  ) throws -> Result {
    var result = result
    if [.overflow, .overflowAtStart, .overflowOfHessian].contains(result.outcome) {
      try explain(&result, first: first, growth: growth, objective, hasMinimum: true)
      return result
    }
    let existence =
      try (objective as? any ExistenceKnowingObjective)?.existence(near: result.last.x) ?? .unknown
    if case .endless(let descent) = existence {
      result.outcome = .noMinimum(descent)
      return result
    }
    if result.outcome.isConverged { return result }
    if result.last.gradientNorm <= gradientTolerance {
      result.outcome = .converged
      return result
    }
    if let limited = try roundingLimit(of: result.last, objective) {
      result.outcome = limited
      return result
    }
    try explain(&result, first: first, growth: growth, objective, hasMinimum: existence == .minimum)
    return result
  }

  /// The outcome of a run that only rounding keeps from its tolerance; nil for all others.
  func roundingLimit(of iterate: Iterate, _ objective: any Objective) throws -> Outcome? {
    guard gradientTolerance > 0 else { return nil }
    let rounding = try GradientRounding(
      at: iterate.x, reference: iterate.gradient, gradient: objective.gradient)
    guard rounding.hides(iterate.gradient) else { return nil }
    if iterate.gradientNorm <= gradientTolerance { return .converged }
    return .convergedToRounding(
      .init(residual: iterate.gradientNorm, rounding: rounding.size, tolerance: gradientTolerance))
  }

  /// Sets the limit of the learning rate, and tells a run that diverges from one that only needs more steps.
  private func explain(
    _ result: inout Result, first: Iterate, growth: Int, _ objective: any Objective, hasMinimum: Bool
  ) throws {
    let rate = method.gradientDescentRate(for: objective)
    let twice = objective as? any TwiceDifferentiableObjective
    let isQuadratic = twice?.isQuadratic == true
    var hessian: DenseMatrix?
    // Eigenvalues of more variables would take longer than a step, and a Hessian of them much memory.
    if let twice, objective.dimension <= 256, rate != nil || isQuadratic {
      hessian = try twice.hessian(at: result.last.x)
    }
    // Without eigenvalues a run has ended as well as with them: only the reason is not known.
    if rate != nil, let eigen = hessian.flatMap({ try? symmetricEigen($0) }), let largest = eigen.values.last,
      largest > 0, eigen.values.allSatisfy({ $0 >= -eigen.zero })
    {
      // Where the curvature is negative somewhere, no rate is stable.
      result.learningRateLimit = 2 / largest
    }
    guard result.outcome == .stepLimit else { return }
    let (start, end) = (first.value, result.last.value)
    let isAboveStart = end > start && result.last.gradientNorm > first.gradientNorm
    // A single evaluation, or a few that grow by chance, prove nothing where gradients are estimates. A mean loss that
    // noise alone lifts from an optimum does not become ten times as large.
    let isRising = growth >= 3
    let isFarAbove = objective is any FiniteSum && start > 0 && end > 10 * start
    if isQuadratic, !hasMinimum, let hessian,
      let descent = endlessDescent(hessian, slope: result.last.gradient, firstSlope: first.gradient)
    {
      result.outcome = .noMinimum(descent)
    } else if let rate, let limit = result.learningRateLimit, rate > limit, isQuadratic {
      result.outcome = .diverging(.learningRate(rate, limit: limit))
    } else if isAboveStart && (isRising || isFarAbove || !method.isStochastic) {
      result.outcome = .diverging(.aboveStart)
    } else if isRising && !method.isStochastic {
      result.outcome = .diverging(.rising(steps: growth))
    }
  }
}

/// Where a quadratic function falls for ever: along a negative curvature, or down a slope where there is none; nil if it
/// does not, but for rounding.
///
/// - Parameters:
///   - hessian: its Hessian, n × n.
///   - slope: its gradient at some point.
///   - firstSlope: a gradient against whose norm a slope counts as none.
private func endlessDescent(_ hessian: DenseMatrix, slope: [Double], firstSlope: [Double]) -> EndlessDescent?
{
  guard hessian.elements.allSatisfy(\.isFinite) else { return nil }
  // In units in which the curvatures of all variables are alike, so that a small unit is not taken for none.
  let equilibration = Equilibration(of: hessian)
  guard let eigen = try? symmetricEigen(equilibration.scaled(hessian)) else { return nil }
  let slope = equilibration.scaled(slope)
  let scale = norm(equilibration.scaled(firstSlope))
  for column in eigen.values.indices {
    let vector = eigen.values.indices.map { eigen.vectors[$0, column] }
    let fall = dot(vector, slope)
    let isNegative = eigen.values[column] < -eigen.zero
    let isSlope = eigen.values[column] <= eigen.zero && abs(fall) > Double.ulpOfOne.squareRoot() * scale
    guard isNegative || isSlope else { continue }
    // Downhill.
    let sign = fall > 0 ? -1.0 : 1.0
    return EndlessDescent(.curvature, direction: equilibration.scaled(vector).map { sign * $0 })
  }
  return nil
}

/// Newton's method: x ← x − η H⁻¹ ∇f(x), H = ∇²f(x).
///
/// Boyd, Vandenberghe: "Convex Optimization", section 9.5; Nocedal, Wright: "Numerical Optimization", 2nd
/// edition, sections 3.3 and 3.4. A fixed η = 1 is the pure method, a smaller one is damped. In one dimension
/// the direction is the plain quotient f′/f″, or f′/|f″| with a modified Hessian.
public struct Newton: DescentMethod, Hashable {
  /// What to do with a Hessian that is not positive definite.
  public enum Indefinite: String, CaseIterable, Hashable, Sendable {
    /// Replace its eigenvalues by their magnitudes: ``ModifiedFactorization``.
    case modified
    /// Take it as it is: steps lead to whatever stationary point is near, a saddle or a maximum too.
    case accepted
    /// Refuse it: the run ends with ``Outcome/unusableHessian(_:)``.
    case refused
  }

  /// How η is chosen.
  public var rule: StepRule
  /// What to do with a Hessian that is not positive definite.
  public var indefinite: Indefinite

  /// By default takes full steps, with a Hessian made positive definite where it is not.
  public init(_ rule: StepRule = .fixed(1), indefinite: Indefinite = .modified) {
    self.rule = rule
    self.indefinite = indefinite
  }

  /// True.
  public var convergesQuadratically: Bool { true }

  /// Whether the gradient is within the tolerance with each variable in the unit that makes its curvature 1, too.
  public func confirms(_ iterate: Iterate, tolerance: Double, objective: any Objective) throws -> Bool {
    try iterate.isStationaryInUnitsOfCurvature(tolerance: tolerance, objective)
  }

  /// The step to the minimum of the quadratic model, times η.
  ///
  /// - Throws: ``LinearAlgebraError`` for a Hessian that is singular, or not positive definite and refused;
  ///   ``MinimizationError/noHessian(method:)``; ``LineSearchFailure``.
  public func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step {
    guard let objective = objective as? any TwiceDifferentiableObjective else {
      throw MinimizationError.noHessian(method: "Newton's method")
    }
    let solution = try solve(try objective.hessian(at: x), evaluated.gradient)
    return try rule.step(along: solution.map { -$0 }, from: evaluated, objective: objective)
  }

  private func solve(
    _ hessian: DenseMatrix, _ gradient: [Double]
  ) throws(LinearAlgebraError) -> [Double] {
    // A factorization of one number takes roots or reciprocals and rounds more often than the quotient.
    if gradient.count == 1 { return [try quotient(gradient[0], hessian[0, 0])] }
    switch indefinite {
    case .refused: return try CholeskyFactorization(hessian).solve(gradient)
    case .accepted: return try SymmetricFactorization(hessian).solve(gradient)
    case .modified:
      do {
        return try CholeskyFactorization(hessian).solve(gradient)
      } catch .notPositiveDefinite, .illConditioned {
        return try ModifiedFactorization(hessian).solve(gradient)
      }
    }
  }

  private func quotient(_ slope: Double, _ curvature: Double) throws(LinearAlgebraError) -> Double {
    guard curvature.isFinite else { throw .notFinite(row: 0, column: 0) }
    guard curvature != 0 else { throw .singular(pivot: 1, order: 1) }
    switch indefinite {
    case .accepted: return slope / curvature
    case .modified: return slope / abs(curvature)
    case .refused:
      guard curvature > 0 else { throw .notPositiveDefinite(pivot: 1, order: 1) }
      return slope / curvature
    }
  }
}

extension Iterate {
  /// Whether the gradient is within a tolerance with each variable in the unit that makes its curvature 1; true where no
  /// curvature is known.
  ///
  /// A gradient carries the variables' units: next to columns of 10⁻⁵ it is small everywhere. The measure is, up to the
  /// curvatures between variables, the Newton decrement; Boyd, Vandenberghe: "Convex Optimization", section 9.5.1.
  func isStationaryInUnitsOfCurvature(tolerance: Double, _ objective: any Objective) throws -> Bool {
    guard let objective = objective as? any TwiceDifferentiableObjective, gradientNorm > 0 else {
      return true
    }
    let curvatures = try objective.hessianDiagonal(at: x)
    return norm(
      zip(gradient, curvatures).map { slope, curvature in
        // Where there is no curvature a step changes nothing that could be measured by it.
        slope == 0 || curvature == 0 ? slope : slope / abs(curvature).squareRoot()
      }) <= tolerance
  }
}

/// Gradient descent with a step of its own for each variable: x ← x − η |diag H|⁻¹ ∇f(x), H = ∇²f(x).
///
/// It undoes scales that differ from variable to variable, without a factorization. Magnitudes are taken so
/// that a step goes down where the curvature of a variable is negative. Nocedal, Wright: "Numerical
/// Optimization", 2nd edition, section 5.1, "Preconditioning".
public struct DiagonalPreconditioning: DescentMethod, Hashable {
  /// Where the diagonal comes from.
  public enum Diagonal: Hashable, Sendable {
    /// The Hessian's own.
    case exact
    /// An estimate by Hessian-vector products with random signs, anew in each step:
    /// `hessianDiagonalEstimate`.
    case estimated(probeCount: Int, seed: UInt64)
  }

  /// How η is chosen.
  public var rule: StepRule
  /// Where the diagonal comes from.
  public var diagonal: Diagonal

  /// Rescales the gradient by the Hessian's own diagonal, unless an estimate is asked for.
  public init(_ rule: StepRule, diagonal: Diagonal = .exact) {
    self.rule = rule
    self.diagonal = diagonal
  }

  /// The step down the rescaled gradient.
  ///
  /// - Throws: ``LinearAlgebraError/singular(pivot:order:)`` for a zero on the diagonal;
  ///   ``MinimizationError/noHessian(method:)``; ``LineSearchFailure``.
  public func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step {
    let curvatures = try curvatures(at: x, step: number, objective)
    if let index = curvatures.firstIndex(of: 0) {
      throw LinearAlgebraError.singular(pivot: index + 1, order: curvatures.count)
    }
    let direction = zip(evaluated.gradient, curvatures).map { -($0 / abs($1)) }
    return try rule.step(along: direction, from: evaluated, objective: objective)
  }

  private func curvatures(at x: [Double], step: Int, _ objective: any Objective) throws -> [Double] {
    switch diagonal {
    case .exact:
      guard let objective = objective as? any TwiceDifferentiableObjective else {
        throw MinimizationError.noHessian(method: "preconditioning by the exact diagonal")
      }
      return try objective.hessianDiagonal(at: x)
    case .estimated(let probeCount, let seed):
      return try hessianDiagonalEstimate(
        of: objective, at: x, probeCount: probeCount, seed: seed, stream: step)
    }
  }
}

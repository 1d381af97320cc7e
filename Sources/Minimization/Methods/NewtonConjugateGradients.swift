import Mistakes

/// Newton's method for many variables: conjugate gradients solve each Newton system roughly, by
/// Hessian-vector products.
///
/// The residual allowed is min(½, √‖∇f‖) ‖∇f‖, which makes the convergence superlinear; a direction of
/// negative curvature ends the inner loop. Nocedal, Wright: "Numerical Optimization", 2nd edition, algorithm
/// 7.1 (line search Newton-CG).
public struct NewtonConjugateGradients: DescentMethod, Hashable {
  /// How η is chosen; the line search tries η = 1 first.
  public var rule: StepRule
  /// The Hessian-vector products of a step at most, ≥ 1; nil for twice the number of variables.
  public var productLimit: Int?

  /// By default backtracks from η = 1, and makes at most 2 n products a step.
  public init(_ rule: StepRule = .backtracking(), productLimit: Int? = nil) {
    require(productLimit ?? 1 >= 1, "a step needs at least 1 product, given \(productLimit ?? 1)")
    self.rule = rule
    self.productLimit = productLimit
  }

  /// The step along the truncated Newton direction.
  ///
  /// - Throws: ``LineSearchFailure``; what the objective throws.
  public func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step {
    let tolerance = min(0.5, evaluated.gradientNorm.squareRoot()) * evaluated.gradientNorm
    let solution = try conjugateGradients(
      evaluated.gradient, tolerance: tolerance, iterationLimit: productLimit ?? 2 * x.count
    ) { try objective.hessianProduct(at: x, with: $0) }.solution
    return try rule.step(along: solution.map { -$0 }, from: evaluated, objective: objective)
  }
}

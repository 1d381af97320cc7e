import Mistakes

/// Newton's method for many variables: conjugate gradients solve each Newton system roughly, by
/// Hessian-vector products.
///
/// The residual allowed is min(½, √‖∇f‖) ‖∇f‖, which makes the convergence superlinear; a direction of
/// negative curvature ends the inner loop. Nocedal, Wright: "Numerical Optimization", 2nd edition, algorithm
/// 7.1 (line search Newton-CG).
///
/// Where the objective knows the diagonal of its Hessian, variables are measured in units in which it is 1 up to a factor of
/// two: so the products that are needed do not depend on the units of the data. This is preconditioning by the diagonal;
/// section 5.1 there.
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

  /// True.
  public var convergesQuadratically: Bool { true }

  /// Whether the gradient is within the tolerance with each variable in the unit that makes its curvature 1, too.
  public func confirms(_ iterate: Iterate, tolerance: Double, objective: any Objective) throws -> Bool {
    try iterate.isStationaryInUnitsOfCurvature(tolerance: tolerance, objective)
  }

  /// The step along the truncated Newton direction.
  ///
  /// - Throws: ``LineSearchFailure``; what the objective throws.
  public func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step {
    let diagonal =
      try (objective as? any TwiceDifferentiableObjective)?.hessianDiagonal(at: x)
      ?? [Double](repeating: 1, count: x.count)
    let units = Equilibration(diagonal: diagonal)
    let gradient = units.scaled(evaluated.gradient)
    let tolerance = min(0.5, norm(gradient).squareRoot()) * norm(gradient)
    let solution = try conjugateGradients(
      gradient, tolerance: tolerance, iterationLimit: productLimit ?? 2 * x.count
    ) { units.scaled(try objective.hessianProduct(at: x, with: units.scaled($0))) }.solution
    return try rule.step(along: units.scaled(solution).map { -$0 }, from: evaluated, objective: objective)
  }
}

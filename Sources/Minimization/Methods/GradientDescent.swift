/// Gradient descent: x ← x − η ∇f(x).
///
/// Boyd, Vandenberghe: "Convex Optimization", algorithm 9.3. With a fixed η on a convex quadratic it
/// converges if η < 2/λ for the largest eigenvalue λ of the Hessian.
public struct GradientDescent: DescentMethod, Hashable {
  /// How η is chosen.
  public var rule: StepRule

  /// Steps along −∇f(x), with the η that the rule chooses.
  public init(_ rule: StepRule) {
    self.rule = rule
  }

  /// η where it is fixed.
  public func gradientDescentRate(for objective: any Objective) -> Double? {
    if case .fixed(let rate) = rule { rate } else { nil }
  }

  /// The step down the gradient.
  public func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step {
    try rule.step(along: evaluated.gradient.map { -$0 }, from: evaluated, objective: objective)
  }
}

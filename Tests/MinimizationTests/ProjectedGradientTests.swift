import Minimization
import Testing

@Suite("Projected gradient")
struct ProjectedGradientTests {
  @Test("Least squares in a ball: the solution of the secular equation", arguments: [0.1, 0.5, 1, 100])
  func ball(radius: Double) throws {
    let problem = try LeastSquares(seed: 4)
    let (x, multiplier) = try problem.solution(radius: radius)
    let result = try ProjectedGradient(.backtracking(), tolerance: 1e-11).minimize(
      problem.objective, over: Ball(center: [0, 0, 0, 0], radius: radius), from: [1, 1, 1, 1])
    #expect(result.outcome == .converged && result.residual <= 1e-11)
    #expect(separation(result.last.x, x) < 1e-10)
    #expect(multiplier > 0 || length(x) < radius)
  }

  /// Σ dᵢ xᵢ² / 2 over the simplex is least where dᵢ xᵢ is the same for all i.
  @Test(arguments: [StepRule.backtracking(), .fixed(0.15)])
  func simplex(rule: StepRule) throws {
    let curvatures = [1, 2, 4, 10.0]
    let objective = Quadratic(matrix: DenseMatrix(diagonal: curvatures))
    let result = try ProjectedGradient(rule).minimize(
      objective, over: Simplex(dimension: 4), from: [9, -3, 0, 0])
    let total = curvatures.reduce(0) { $0 + 1 / $1 }
    #expect(result.outcome == .converged)
    #expect(separation(result.last.x, curvatures.map { 1 / ($0 * total) }) < 1e-9)
  }

  @Test("Least squares under a half-space, which binds or does not", arguments: [-0.5, 0.2, 100])
  func halfSpace(bound: Double) throws {
    let problem = try LeastSquares(seed: 5)
    let normal = [1, -2, 0.5, 1]
    let (x, multiplier) = try problem.solution(normal: normal, bound: bound)
    let result = try ProjectedGradient(.backtracking(), tolerance: 1e-11).minimize(
      problem.objective, over: HalfSpace(normal: normal, bound: bound), from: [0, 0, 0, 0])
    #expect(result.outcome == .converged && separation(result.last.x, x) < 1e-10)
    #expect(multiplier > 0 || inner(normal, x) < bound)
  }

  @Test("Every point lies in the set, and backtracking never goes up")
  func path() throws {
    let set = try Box(lower: [-2, -1], upper: [0.5, 3])
    var values: [Double] = []
    var steps: [Int] = []
    let result = try ProjectedGradient(.backtracking(), tolerance: 1e-10).minimize(
      Rosenbrock(), over: set, from: [-9, 9]
    ) { (iterate: Iterate) throws in
      #expect(try set.contains(iterate.x, tolerance: 0))
      values.append(iterate.value)
      steps.append(iterate.step)
    }
    #expect(zip(values, values.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-15) })
    #expect(steps == Array(0...result.last.step))
    // At the bound x₁ = 0.5 the best x₂ is x₁²: the value is (1 − 0.5)².
    #expect(result.outcome == .converged && separation(result.last.x, [0.5, 0.25]) < 1e-9)
    #expect(abs(result.last.value - 0.25) < 1e-15)
  }

  @Test("What does not converge says how")
  func endings() throws {
    let objective = Quadratic(matrix: DenseMatrix(diagonal: [1, 10]))
    let plane = try HalfSpace(normal: [1, 0], bound: -1)
    func outcome(_ rule: StepRule, _ stepLimit: Int) throws -> Outcome {
      try ProjectedGradient(rule, stepLimit: stepLimit).minimize(
        objective, over: plane, from: [-2, 1]
      ).outcome
    }
    #expect(try outcome(.fixed(0.01), 5) == .stepLimit)
    #expect(try outcome(.fixed(0.3), 50) == .diverging(.aboveStart))
    #expect(try outcome(.fixed(0.3), 5_000) == .overflow)
    #expect(throws: MinimizationError.self) {
      try ProjectedGradient().minimize(objective, over: plane, from: [.nan, 0])
    }
  }
}

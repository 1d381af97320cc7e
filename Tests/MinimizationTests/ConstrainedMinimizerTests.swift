import Minimization
import Testing

@Suite("Problems with constraints")
struct ConstrainedMinimizerTests {
  @Test("Least squares in a ball, with its multiplier", arguments: [0.1, 0.5, 1, 100])
  func ball(radius: Double) throws {
    let least = try LeastSquares(seed: 4)
    let (x, multiplier) = try least.solution(radius: radius)
    let problem = ConstrainedProblem(
      objective: least.objective, inequalities: [SquaredRadius(center: [0, 0, 0, 0], radius: radius)])
    let result = try ConstrainedMinimizer(.augmentedLagrangian).minimize(problem, from: [3, 2, 1, 0])
    #expect(result.ending == .converged && result.last.residual.maximum <= 1e-8)
    #expect(separation(result.last.x, x) < 1e-7)
    #expect(abs(result.last.multipliers.inequalities[0] - multiplier) < 1e-6 * (1 + multiplier))
  }

  @Test("Least squares under a half-space, with its multiplier", arguments: [-0.5, 0.2, 100])
  func halfSpace(bound: Double) throws {
    let least = try LeastSquares(seed: 5)
    let normal = [1, -2, 0.5, 1]
    let (x, multiplier) = try least.solution(normal: normal, bound: bound)
    let constraint = LinearFunction(coefficients: normal, bound: bound)
    var problem = ConstrainedProblem(objective: least.objective, inequalities: [constraint])
    let solver = ConstrainedMinimizer(.augmentedLagrangian)
    let result = try solver.minimize(problem, from: [0, 0, 0, 0])
    #expect(result.ending == .converged && result.last.residual.maximum <= 1e-8)
    #expect(separation(result.last.x, x) < 1e-7)
    #expect(abs(result.last.multipliers.inequalities[0] - multiplier) < 1e-7)
    guard multiplier > 0 else { return }
    // Where it binds, the constraint may as well be an equality, also from the other side.
    problem = ConstrainedProblem(
      objective: least.objective,
      equalities: [LinearFunction(coefficients: normal.map { -$0 }, bound: -bound)])
    let same = try solver.minimize(problem, from: [0, 0, 0, 0])
    #expect(same.ending == .converged && separation(same.last.x, x) < 1e-7)
    #expect(abs(same.last.multipliers.equalities[0] + multiplier) < 1e-7)
  }

  @Test("On the simplex: many constraints at once, of both kinds")
  func simplex() throws {
    // The projection of p on the simplex; θ = 0.2, and −x₃ ≤ 0 costs θ − p₃.
    let point = [0.8, 0.6, -0.2]
    let problem = ConstrainedProblem(
      objective: Quadratic(matrix: DenseMatrix(diagonal: [1, 1, 1]), linear: point),
      inequalities: (0..<3).map { index in
        LinearFunction(coefficients: (0..<3).map { $0 == index ? -1 : 0 }, bound: 0)
      }, equalities: [LinearFunction(coefficients: [1, 1, 1], bound: 1)])
    let result = try ConstrainedMinimizer(.augmentedLagrangian).minimize(problem, from: [0, 0, 0])
    #expect(result.ending == .converged && result.last.residual.maximum <= 1e-8)
    #expect(separation(result.last.x, [0.6, 0.4, 0]) < 1e-7)
    #expect(separation(result.last.multipliers.inequalities, [0, 0, 0.4]) < 1e-7)
    #expect(separation(result.last.multipliers.equalities, [0.2]) < 1e-7)
    let projected = try ProjectedGradient().minimize(
      problem.objective, over: Simplex(dimension: 3), from: [0, 0, 0])
    #expect(separation(projected.last.x, result.last.x) < 1e-7)
  }

  @Test("x₁ + x₂ on a circle: Nocedal and Wright, example 12.1, and on the disc, example 12.2")
  func circle() throws {
    let objective = LinearFunction(coefficients: [1, 1], bound: 0)
    let constraint = SquaredRadius(center: [0, 0], radius: 2.squareRoot())
    for problem in [
      ConstrainedProblem(objective: objective, equalities: [constraint]),
      ConstrainedProblem(objective: objective, inequalities: [constraint]),
    ] {
      let result = try ConstrainedMinimizer(.augmentedLagrangian).minimize(problem, from: [-0.5, -0.2])
      #expect(result.ending == .converged && result.last.residual.maximum <= 1e-8)
      #expect(separation(result.last.x, [-1, -1]) < 1e-7)
      let multipliers = result.last.multipliers
      #expect(separation(multipliers.inequalities + multipliers.equalities, [0.5]) < 1e-7)
    }
  }

  @Test("The penalty method: the violation is multiplier over penalty, and 10⁻⁶ is reached")
  func penalty() throws {
    let least = try LeastSquares(seed: 5)
    let normal = [1, -2, 0.5, 1]
    let (x, multiplier) = try least.solution(normal: normal, bound: -0.5)
    let problem = ConstrainedProblem(
      objective: least.objective, inequalities: [LinearFunction(coefficients: normal, bound: -0.5)])
    var violations: [(penalty: Double, violation: Double)] = []
    let result = try ConstrainedMinimizer(.penalty).minimize(problem, from: [0, 0, 0, 0]) {
      violations.append(($0.penalty, $0.residual.feasibility))
    }
    #expect(result.ending == .converged && result.last.residual.maximum <= 1e-6)
    #expect(separation(result.last.x, x) < 1e-5)
    #expect(violations.count >= 4)
    for (penalty, violation) in violations where penalty >= 1e3 {
      #expect(abs(violation * penalty / multiplier - 1) < 0.05)
    }
    // The augmented Lagrangian goes further with less.
    let better = try ConstrainedMinimizer(.augmentedLagrangian).minimize(problem, from: [0, 0, 0, 0])
    #expect(better.last.penalty < result.last.penalty)
  }

  @Test(
    "Constraints that contradict each other end with their name",
    arguments: [ConstrainedMinimizer.Method.penalty, .augmentedLagrangian])
  func infeasible(method: ConstrainedMinimizer.Method) throws {
    let objective = Quadratic(matrix: DenseMatrix(diagonal: [1, 1]))
    // x₁ ≤ −1 and x₁ ≥ 1: at x₁ = 0 both are violated by 1.
    let slab = ConstrainedProblem(
      objective: objective,
      inequalities: [
        LinearFunction(coefficients: [1, 0], bound: -1), LinearFunction(coefficients: [-1, 0], bound: -1),
      ])
    // A circle of radius 1 and the line x₁ = 2.
    let curved = ConstrainedProblem(
      objective: objective,
      equalities: [
        SquaredRadius(center: [0, 0], radius: 1), LinearFunction(coefficients: [1, 0], bound: 2),
      ])
    for (problem, least) in [(slab, 1.0), (curved, 0.3)] {
      let result = try ConstrainedMinimizer(method).minimize(problem, from: [3, 0.5])
      guard case .infeasible(let violation) = result.ending else {
        Issue.record("\(result.ending)")
        continue
      }
      #expect(violation >= least * (1 - 1e-6) && violation < 3)
      #expect(result.ending.description.hasPrefix("infeasible"))
    }
  }

  @Test("A feasible problem whose constraint has no slope at the solution is not called infeasible")
  func degenerate() throws {
    // ‖x‖² ≤ 0 leaves the origin only; there are no multipliers.
    let problem = ConstrainedProblem(
      objective: LinearFunction(coefficients: [1, 0], bound: 0),
      inequalities: [SquaredRadius(center: [0, 0], radius: 0)])
    let result = try ConstrainedMinimizer(.augmentedLagrangian).minimize(problem, from: [1, 1])
    if case .infeasible = result.ending { Issue.record("\(result.ending)") }
    #expect(length(result.last.x) < 1e-3)
  }

  @Test("A constraint in small units is not taken for one that cannot be met")
  func smallUnits() throws {
    let problem = ConstrainedProblem(
      objective: Quadratic(matrix: DenseMatrix(diagonal: [1, 1]), linear: [0, 0]),
      inequalities: [LinearFunction(coefficients: [-1e-5, 0], bound: -10)])
    let result = try ConstrainedMinimizer(.augmentedLagrangian).minimize(problem, from: [0, 0])
    if case .infeasible = result.ending { Issue.record("\(result.ending)") }
  }

  @Test("An objective without a minimum, and too few rounds, say so")
  func endings() throws {
    let unbounded = ConstrainedProblem(
      objective: ScalarFunction {
        -$0 * $0 * $0
      } derivative: {
        -3 * $0 * $0
      } secondDerivative: {
        -6 * $0
      }, inequalities: [LinearFunction(coefficients: [-1], bound: 0)])
    let result = try ConstrainedMinimizer(.augmentedLagrangian).minimize(unbounded, from: [1])
    #expect(result.ending == .overflow)
    let least = try LeastSquares(seed: 4)
    let problem = ConstrainedProblem(
      objective: least.objective, inequalities: [SquaredRadius(center: [0, 0, 0, 0], radius: 0.1)])
    let short = try ConstrainedMinimizer(.augmentedLagrangian, roundLimit: 1).minimize(
      problem, from: [1, 0, 0, 0])
    #expect(short.ending == .roundLimit && short.last.number == 1)
    #expect(throws: MinimizationError.self) {
      try ConstrainedMinimizer(.penalty).minimize(problem, from: [0])
    }
  }

  @Test("The residual sees each of the four conditions")
  func residual() throws {
    let problem = ConstrainedProblem(
      objective: LinearFunction(coefficients: [1, 1], bound: 0),
      inequalities: [SquaredRadius(center: [0, 0], radius: 2.squareRoot())])
    func residual(_ x: [Double], _ multiplier: Double) throws -> KKTResidual {
      try problem.residual(at: x, .init(inequalities: [multiplier], equalities: []))
    }
    #expect(try residual([-1, -1], 0.5).maximum < 1e-15)
    #expect(try residual([-1, -1], 0.25).stationarity == 0.5)
    #expect(try abs(residual([-2, 0], 0.25).feasibility - 2) < 1e-15)
    #expect(try abs(residual([0, 0], 0.25).complementarity - 0.5) < 1e-15)
    #expect(try residual([1, 1], -0.5).signs == 0.5)
    #expect(try residual([.nan, 1], 1).maximum.isNaN)
  }
}

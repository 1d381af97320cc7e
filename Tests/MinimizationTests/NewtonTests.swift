import Minimization
import Testing

@Suite struct NewtonTests {
  @Test("converges to the minimum of Rosenbrock's function", arguments: [2, 5, 20])
  func rosenbrock(dimension: Int) throws {
    let start = (0..<dimension).map { $0 % 2 == 0 ? -1.2 : 1 }
    for method in [Newton(.backtracking()), NewtonConjugateGradients()] as [any DescentMethod] {
      let result = try trace(
        method, Rosenbrock(dimension: dimension), from: start, steps: 200, gradientTolerance: 1e-8
      ).result
      #expect(result.outcome == .converged)
      let isGlobal = distance(result.last.x, [Double](repeating: 1, count: dimension)) < 1e-7
      // From n = 4 on there is a second minimum near (−1, 1, …, 1): Shang, Qiu 2006,
      // doi:10.1162/evco.2006.14.1.119.
      #expect(isGlobal || dimension >= 4 && result.last.x[0] < 0)
      let hessian = Rosenbrock(dimension: dimension).hessian(at: result.last.x)
      #expect(try symmetricEigen(hessian).values[0] > 0)
    }
  }

  @Test("near a minimum the error is squared in each step")
  func quadraticConvergence() throws {
    let objective = try regressions()[4]
    let start = [Double](repeating: 0, count: objective.dimension)
    let norms = try trace(Newton(), objective, from: start, steps: 8).iterates.map(\.gradientNorm)
    let pairs = zip(norms, norms.dropFirst()).filter { $0.0 < 0.1 && $0.0 > 1e-7 }
    #expect(pairs.count >= 2)
    for (before, after) in pairs { #expect(after < 10 * before * before + 1e-15, "\(norms)") }
  }

  @Test("from a negative curvature: accepted leads to the maximum, modified to a minimum, refused nowhere")
  func indefinite() throws {
    func end(_ indefinite: Newton.Indefinite) throws -> Minimizer.Result {
      try trace(
        Newton(.fixed(1), indefinite: indefinite), doubleWell, from: [0.3], steps: 50,
        gradientTolerance: 1e-12
      ).result
    }
    let accepted = try end(.accepted)
    #expect(accepted.outcome == .converged && abs(accepted.last.x[0]) < 1e-12)
    let modified = try end(.modified)
    #expect(modified.outcome == .converged && abs(abs(modified.last.x[0]) - 1) < 1e-12)
    #expect(
      try end(.refused).outcome == .unusableHessian(.notPositiveDefinite(pivot: 1, order: 1)))
    let truncated = try trace(
      NewtonConjugateGradients(), doubleWell, from: [0.3], steps: 50, gradientTolerance: 1e-12
    ).result
    #expect(truncated.outcome == .converged && abs(abs(truncated.last.x[0]) - 1) < 1e-12)
  }

  @Test("on a saddle in several dimensions only the accepted Hessian leads to it")
  func saddle() throws {
    let start = [1, 0.5]
    let accepted = try trace(
      Newton(.fixed(1), indefinite: .accepted), Quadratic.saddle, from: start, steps: 3
    ).result
    #expect(accepted.outcome == .converged && accepted.last.x == [0, 0])
    let modified = try trace(Newton(.fixed(1)), Quadratic.saddle, from: start, steps: 3).result
    #expect(modified.last.value < -1)
    #expect(
      try trace(Newton(indefinite: .refused), Quadratic.saddle, from: start, steps: 3).result.outcome
        == .unusableHessian(.notPositiveDefinite(pivot: 2, order: 2)))
  }

  @Test("a singular Hessian is named")
  func singular() throws {
    let flat = Quadratic(matrix: DenseMatrix(diagonal: [1, 0]), linear: [1, 1])
    let accepted = try trace(
      Newton(.fixed(1), indefinite: .accepted), flat, from: [0, 0], steps: 5
    ).result
    #expect(accepted.outcome == .unusableHessian(.singular(pivot: 2, order: 2)))
    #expect("\(accepted.outcome)" == "unusable Hessian: pivot 2 of 2 is zero: the matrix is singular")
    let softmax = try regressions()[2]
    let start = [Double](repeating: 0, count: softmax.dimension)
    for indefinite in [Newton.Indefinite.accepted, .refused] {
      let result = try trace(
        Newton(.fixed(1), indefinite: indefinite), softmax, from: start, steps: 5
      ).result
      guard case .unusableHessian = result.outcome else {
        Issue.record("\(result.outcome)")
        continue
      }
    }
    let modified = try trace(
      Newton(.backtracking()), softmax, from: start, steps: 30, gradientTolerance: 1e-10)
    #expect(modified.result.outcome == .converged)
  }

  @Test("a truncated solution of the Newton system is as good as a factorization, and needs no Hessian")
  func truncated() throws {
    for objective in try regressions() {
      let start = [Double](repeating: 0.1, count: objective.dimension)
      let exact = try trace(
        Newton(.backtracking()), objective, from: start, steps: 100, gradientTolerance: 1e-9)
      let truncated = try trace(
        NewtonConjugateGradients(), objective, from: start, steps: 100, gradientTolerance: 1e-9)
      #expect(exact.result.outcome == .converged && truncated.result.outcome == .converged)
      #expect(abs(exact.result.last.value - truncated.result.last.value) < 1e-12)
    }
    let result = try trace(
      NewtonConjugateGradients(), Parabola(), from: [3, 2], steps: 20, gradientTolerance: 1e-10
    ).result
    #expect(result.outcome == .converged)
  }
}

import Foundation
import Minimization
import Testing

@Suite struct LineSearchTests {
  @Test("a step lowers the value enough, and the step before it would not")
  func armijo() throws {
    let objective = Rosenbrock()
    let iterates = try trace(
      GradientDescent(.backtracking()), objective, from: [-1.2, 1], steps: 200
    ).iterates
    #expect(iterates.count == 201)
    for (before, after) in zip(iterates, iterates.dropFirst()) {
      let square = before.gradientNorm * before.gradientNorm
      #expect(after.value <= before.value - 1e-4 * after.stepLength * square)
      let longer = 2 * after.stepLength
      if longer <= 1 {
        let x = zip(before.x, before.gradient).map { $0 - longer * $1 }
        #expect(!(objective.value(at: x) <= before.value - 1e-4 * longer * square))
      }
    }
  }

  @Test("a value that is not finite is never low enough")
  func notFinite() throws {
    let barrier = ScalarFunction {
      $0 > 0 ? $0 - log($0) : -.infinity * $0
    } derivative: {
      1 - 1 / $0
    } secondDerivative: {
      1 / ($0 * $0)
    }
    let (iterates, result) = try trace(
      GradientDescent(.backtracking(initial: 48)), barrier, from: [3], steps: 200, gradientTolerance: 1e-8)
    #expect(result.outcome == .converged)
    #expect(iterates.allSatisfy { $0.x[0] > 0 })
  }

  @Test("a search that cannot succeed is named")
  func failures() throws {
    let wrong = try trace(
      GradientDescent(.backtracking()), Parabola(sign: -1), from: [1, 1], steps: 5
    ).result
    guard case .lineSearchFailed(.noDecrease) = wrong.outcome else {
      Issue.record("\(wrong.outcome)")
      return
    }
    let uphill = try trace(
      Newton(.backtracking(), indefinite: .accepted), doubleWell, from: [0.1], steps: 5
    ).result
    guard case .lineSearchFailed(.notDescending(let slope)) = uphill.outcome else {
      Issue.record("\(uphill.outcome)")
      return
    }
    #expect(slope > 0)
  }

  @Test("slow contraction goes as far as quick contraction")
  func contraction() throws {
    let rule = StepRule.backtracking(initial: 1, contraction: 0.95)
    let (_, result) = try trace(GradientDescent(rule), Rosenbrock(dimension: 2), from: [-1.2, 1], steps: 20)
    #expect(result.outcome == .stepLimit)
  }
}

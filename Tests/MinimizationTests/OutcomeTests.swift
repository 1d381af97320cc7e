import Minimization
import Testing

@Suite struct OutcomeTests {
  @Test("converged at the first gradient within the tolerance")
  func converged() throws {
    let (iterates, result) = try trace(
      GradientDescent(.fixed(0.2)), Parabola(), from: [1, 1], steps: 1000, gradientTolerance: 1e-6)
    #expect(result.outcome == .converged && result.last == iterates.last)
    #expect(iterates.dropLast().allSatisfy { $0.gradientNorm > 1e-6 })
    let atOnce = try trace(GradientDescent(.fixed(0.2)), Parabola(), from: [0, 0], steps: 9)
    #expect(atOnce.result.outcome == .converged && atOnce.iterates.count == 1)
  }

  @Test("the step limit is a limit")
  func stepLimit() throws {
    let (iterates, result) = try trace(GradientDescent(.fixed(0.01)), Parabola(), from: [1, 1], steps: 3)
    #expect(result.outcome == .stepLimit)
    #expect(iterates.map(\.step) == [0, 1, 2, 3])
    #expect(iterates.map(\.stepLength) == [0, 0.01, 0.01, 0.01])
    #expect(try trace(GradientDescent(.fixed(0.01)), Parabola(), from: [1, 1], steps: 0).iterates.count == 1)
  }

  @Test("divergence is noticed without a Hessian: above the start, or rising at the end")
  func diverging() throws {
    let above = try trace(GradientDescent(.fixed(0.4)), Parabola(), from: [1, 1], steps: 4).result
    #expect(above.outcome == .diverging(.aboveStart))
    let rising = try trace(GradientDescent(.fixed(0.36)), Parabola(), from: [1, 0.01], steps: 12).result
    #expect(rising.last.value < 1)
    guard case .diverging(.rising(let steps)) = rising.outcome else {
      Issue.record("\(rising.outcome)")
      return
    }
    #expect(steps >= 3)
  }

  @Test("a quadratic without a minimum is named, whatever the method")
  func noMinimum() throws {
    let saddle = try trace(GradientDescent(.fixed(0.1)), Quadratic.saddle, from: [1, 0.001], steps: 50).result
    #expect(saddle.outcome == .noMinimum(EndlessDescent(.curvature, direction: [0, 1])))
    #expect(saddle.learningRateLimit == nil)
    // A slope where there is no curvature; without the slope there are minima.
    let flat = DenseMatrix(rows: [[1, 0], [0, 0]])
    let slide = try trace(Newton(), Quadratic(matrix: flat, linear: [1, 1]), from: [1, 1], steps: 9).result
    #expect(slide.outcome == .noMinimum(EndlessDescent(.curvature, direction: [0, 1])))
    let trough = try trace(
      GradientDescent(.fixed(0.1)), Quadratic(matrix: flat, linear: [1, 0]), from: [3, 1], steps: 9
    ).result
    #expect(trough.outcome == .stepLimit && trough.learningRateLimit == 2)
    // A curvature that is small beside another one is none of rounding's.
    let wide = Quadratic(matrix: DenseMatrix(diagonal: [1e20, 1]), linear: [0, 1])
    for method in [GradientDescent(.fixed(1e-21)), Newton(.fixed(1e-3))] as [any DescentMethod] {
      #expect(try trace(method, wide, from: [1, 0], steps: 5).result.outcome == .stepLimit)
    }
  }

  @Test("noise around a minimum is no divergence")
  func noise() throws {
    let objective = Quadratic(matrix: DenseMatrix(diagonal: [2, 4]), linear: [0, 0])
    let outcomes = try (0..<200 as Range<UInt64>).map { seed in
      let method = StochasticGradientDescent(
        learningRate: .constant(0.1), estimate: .noise(mean: 0, deviation: 1), seed: seed)
      return try trace(method, objective, from: [0.01, 0.01], steps: 11).result.outcome
    }
    #expect(outcomes.count { $0 == .stepLimit } >= 198)
  }

  @Test("a rate that is nearly right is told with all its digits")
  func digits() {
    let outcome = Outcome.diverging(.learningRate(1.0001, limit: 1))
    #expect("\(outcome)" == "diverging: learning rate 1.0001 exceeds 2/λmax = 1")
  }

  @Test("a step that overflows is named, and the last finite point is kept")
  func overflow() throws {
    let far = try trace(GradientDescent(.fixed(1e200)), ScalarFunction.square, from: [10], steps: 5)
    #expect(far.result.outcome == .overflow)
    #expect(far.result.last.x == [10] && far.iterates.count == 1)
    let slowly = try trace(GradientDescent(.fixed(1.1)), ScalarFunction.square, from: [10], steps: 100_000)
    #expect(slowly.result.outcome == .overflow)
    #expect(slowly.result.last.value.isFinite && slowly.result.last.value > 1e250)
    #expect(slowly.result.learningRateLimit == 1)
    let start = try trace(GradientDescent(.fixed(1)), ScalarFunction.square, from: [1e200], steps: 5)
    #expect(start.result.outcome == .overflowAtStart && start.iterates.isEmpty)
    let unseen = StochasticGradientDescent(
      learningRate: .constant(1e200), estimate: .noise(mean: 0, deviation: 1), seed: 0,
      evaluationInterval: 100)
    #expect(try trace(unseen, ScalarFunction.square, from: [1], steps: 1000).result.outcome == .overflow)
  }

  @Test("what does not fit is named")
  func mistakes() throws {
    let descent = GradientDescent(.fixed(0.1))
    #expect(throws: MinimizationError.wrongDimension(found: 1, expected: 2)) {
      try trace(descent, Parabola(), from: [1], steps: 1)
    }
    #expect(throws: MinimizationError.self) {
      try trace(descent, Parabola(), from: [1, .nan], steps: 1)
    }
    #expect(throws: MinimizationError.noHessian(method: "Newton's method")) {
      try trace(Newton(), Parabola(), from: [1, 1], steps: 1)
    }
    #expect(throws: MinimizationError.noHessian(method: "preconditioning by the exact diagonal")) {
      try trace(DiagonalPreconditioning(.fixed(1)), Parabola(), from: [1, 1], steps: 1)
    }
    #expect(throws: MinimizationError.noFiniteSum(method: "minibatch descent")) {
      let method = StochasticGradientDescent(
        learningRate: .constant(1), estimate: .minibatch(size: 1), seed: 0)
      _ = try trace(method, Parabola(), from: [1, 1], steps: 1)
    }
  }
}

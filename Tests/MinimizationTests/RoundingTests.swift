import Minimization
import Testing

/// Runs that cannot come nearer than rounding lets them.
@Suite struct RoundingTests {
  /// ½ (x − c)ᵀ A (x − c) with curvatures from `scale` on and c of the size of `offset`.
  private func bowl(scale: Double, offset: Double, seed: UInt64) -> Quadratic {
    let random = randomSymmetric(3, seed: seed)
    var matrix = product(random, random)
    for index in 0..<3 { matrix[index, index] += 1 }
    for index in matrix.elements.indices { matrix.elements[index] *= scale }
    let center = normals(3, seed: seed + 1).map { offset * $0 }
    return Quadratic(matrix: matrix, linear: matrix.times(center))
  }

  @Test(
    "a projected gradient that rounding stops has converged, and says what stops it",
    arguments: [1e3, 1e5, 1e8])
  func projectedGradient(scale: Double) throws {
    var limited = 0
    for seed in 0..<10 as Range<UInt64> {
      let objective = bowl(scale: scale, offset: 1e4, seed: 20 * seed)
      let normal = normals(3, seed: 20 * seed + 2)
      let plane = HalfSpace.normalized(normal, bound: -1e4)
      for rule in [StepRule.backtracking(), .fixed(0.02 / scale)] {
        let result = try ProjectedGradient(rule, tolerance: 1e-8).minimize(
          objective, over: plane, from: [0, 0, 0])
        #expect(result.outcome.isConverged, "\(seed): \(result.outcome)")
        if case .convergedToRounding(let limit) = result.outcome {
          limited += 1
          #expect(limit.residual > 1e-8 && limit.residual <= 16 * limit.rounding)
          #expect("\(result.outcome)".hasPrefix("converged: rounding hides the rest"))
        }
        // The closed form: from the bowl's bottom along A⁻¹ a to the plane, if the bottom lies beyond.
        let inverse = try CholeskyFactorization(objective.matrix)
        let bottom = inverse.solve(objective.linear)
        let across = inverse.solve(plane.normal)
        let excess = zip(plane.normal, bottom).reduce(0) { $0 + $1.0 * $1.1 } - plane.bound
        let step = max(0, excess) / zip(plane.normal, across).reduce(0) { $0 + $1.0 * $1.1 }
        let expected = zip(bottom, across).map { $0 - step * $1 }
        #expect(distance(result.last.x, expected) < 1e-8 * 1e4, "\(seed)")
      }
    }
    #expect(scale < 1e5 || limited > 0)
  }

  @Test("a run that only needs more steps has not converged")
  func control() throws {
    let objective = bowl(scale: 1, offset: 1, seed: 7)
    let plane = HalfSpace.normalized([1, 2, 3], bound: -1)
    let result = try ProjectedGradient(.fixed(1e-3), tolerance: 1e-8, stepLimit: 200).minimize(
      objective, over: plane, from: [0, 0, 0])
    #expect(result.outcome == .stepLimit)
    #expect(
      try trace(Newton(.fixed(0.5)), objective, from: [9, 9, 9], steps: 3, gradientTolerance: 1e-8).result
        .outcome == .stepLimit)
  }

  @Test("a penalty that comes within 1e-8 of the minimum has converged", arguments: [1e-6, 1e-8, 1e-12])
  func penalty(tolerance: Double) throws {
    // x₁² + 2 x₂² with x₁ + x₂ ≥ 3: (2, 1), multiplier 4.
    let small = ConstrainedProblem(
      objective: Quadratic(matrix: DenseMatrix(diagonal: [2, 4])),
      inequalities: [LinearFunction(coefficients: [-1, -1], bound: -3)])
    let result = try ConstrainedMinimizer(.penalty, tolerance: tolerance).minimize(small, from: [0, 0])
    #expect("\(result.ending)".hasPrefix("converged"), "\(result.ending)")
    #expect(distance(result.last.x, [2, 1]) < (tolerance == 1e-6 ? 1e-6 : 1e-8))
    // The same with a slope of 2000: (1006/3, −997/3), multiplier 3988/3.
    let large = ConstrainedProblem(
      objective: Quadratic(matrix: DenseMatrix(diagonal: [2, 4]), linear: [2000, 0]),
      inequalities: [LinearFunction(coefficients: [1, 1], bound: 3)])
    let other = try ConstrainedMinimizer(.penalty, tolerance: tolerance).minimize(large, from: [0, 0])
    guard case .convergedToRounding(let limit, _) = other.ending else {
      Issue.record("\(other.ending)")
      return
    }
    #expect(distance(other.last.x, [1006.0 / 3, -997.0 / 3]) < 1e-8 * 336)
    #expect(limit.tolerance == tolerance && "\(other.ending)".contains("rounding hides the rest"))
  }

  @Test("constraints that hold badly are no matter of rounding")
  func violated() throws {
    // The multiplier is 4e6: at the largest penalty the violation is 4e-4 of 3.
    let problem = ConstrainedProblem(
      objective: Quadratic(matrix: DenseMatrix(diagonal: [2e6, 4e6])),
      inequalities: [LinearFunction(coefficients: [-1, -1], bound: -3)])
    let result = try ConstrainedMinimizer(.penalty).minimize(problem, from: [0, 0])
    guard case .penaltyLimit = result.ending else {
      Issue.record("\(result.ending)")
      return
    }
  }

  @Test("Newton's method stops where its gradient is rounding, and calls it converged")
  func newton() throws {
    let data = try syntheticData(samples: 50, scales: [1e5, 1e5])
    // Far from zero, so that the gradient's last bits are above the tolerance.
    let shifted = try RegressionData(
      features: data.features.map { $0 + 3e6 }, featureCount: 2, targets: data.targets.map { 1e6 * $0 })
    let objective = try RegressionObjective(.linear, data: shifted, sum: SerialSampleSum())
    let result = try trace(Newton(), objective, from: [0, 0, 0], steps: 100, gradientTolerance: 1e-8).result
    guard case .convergedToRounding(let limit) = result.outcome else {
      Issue.record("\(result.outcome)")
      return
    }
    #expect(result.last.step < 20 && limit.residual > 1e-8)
    let centered = try RegressionObjective(
      .linear,
      data: RegressionData(features: data.features.map { $0 / 1e5 }, featureCount: 2, targets: data.targets),
      sum: SerialSampleSum())
    let plain = try trace(Newton(), centered, from: [0, 0, 0], steps: 9, gradientTolerance: 1e-8).result
    #expect(abs(result.last.value / 1e12 - plain.last.value) < 1e-9)
  }
}

extension HalfSpace {
  /// A half-space whose numbers are those of a test.
  fileprivate static func normalized(_ normal: [Double], bound: Double) -> HalfSpace {
    guard let set = try? HalfSpace(normal: normal, bound: bound) else { fatalError("no half-space") }
    return set
  }
}

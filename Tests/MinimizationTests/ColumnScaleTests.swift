import Foundation
import Minimization
import Testing

/// Regressions whose columns are measured in other units: whoever divides by curvatures finds the same.
@Suite struct ColumnScaleTests {
  /// The features' units.
  static let units: [[Double]] = [
    [1e5, 1e5, 1e5], [1e-5, 1e-5, 1e-5], [1e4, 1e-4, 1], [1e-5, 1e5, 1], [1e3, 1e-3, 1e5],
  ]

  static let methods: [any DescentMethod] = [
    Newton(.backtracking()), Newton(.backtracking(), indefinite: .accepted),
    Newton(.backtracking(), indefinite: .refused), NewtonConjugateGradients(),
  ]

  private func objective(_ model: RegressionModel, _ units: [Double], penalty: Double = 0) throws
    -> RegressionObjective
  {
    let data = try syntheticData(samples: 60, scales: [1, 1, 1])
    let labelled = model == .linear ? data : try classes(data, model.outputCount == 1 ? 2 : 3)
    let scaled = try RegressionData(
      features: labelled.features.enumerated().map { $1 * units[$0 % 3] }, featureCount: 3,
      targets: labelled.targets)
    return try RegressionObjective(model, data: scaled, penalty: penalty, sum: SerialSampleSum())
  }

  @Test("Newton's methods find the same minimum in any unit", arguments: units)
  func minimum(units: [Double]) throws {
    for model in [RegressionModel.linear, .logistic, .softmax(classes: 3)] {
      let start = [Double](repeating: 0, count: 4 * model.outputCount)
      let plain = try trace(
        Newton(.backtracking()), objective(model, [1, 1, 1]), from: start, steps: 100, gradientTolerance: 1e-8
      ).result
      // Without a penalty a softmax has a singular Hessian, which two of the methods refuse.
      for method in model.outputCount > 1 ? [Self.methods[0], Self.methods[3]] : Self.methods {
        let result = try trace(
          method, objective(model, units), from: start, steps: 100, gradientTolerance: 1e-8
        ).result
        #expect(result.outcome.isConverged, "\(model) \(method): \(result.outcome)")
        #expect(abs(result.last.value - plain.last.value) < 1e-12, "\(model) \(method)")
        guard model.outputCount == 1 else { continue }
        for (index, unit) in (units + [1]).enumerated() {
          let found = result.last.x[index] * unit
          #expect(abs(found - plain.last.x[index]) < 1e-6, "\(model) \(method) variable \(index)")
        }
      }
    }
  }

  @Test(
    "40 samples with columns of 1e4 and 1e-4: the least squares are those of the unscaled columns, in one step"
  )
  func leastSquares() throws {
    let numbers = normals(120, seed: 3)
    func data(_ scale: Double) throws -> RegressionData {
      var (features, targets): ([Double], [Double]) = ([], [])
      for sample in 0..<40 {
        let (first, second) = (numbers[2 * sample], numbers[2 * sample + 1])
        features += [first * scale, second / scale]
        targets.append(2 * first - 3 * second + 1 + 0.1 * numbers[80 + sample])
      }
      return try RegressionData(features: features, featureCount: 2, targets: targets)
    }
    func end(_ scale: Double, _ method: Newton) throws -> Minimizer.Result {
      try trace(
        method, RegressionObjective(.linear, data: data(scale), sum: SerialSampleSum()), from: [0, 0, 0],
        steps: 50, gradientTolerance: 1e-8
      ).result
    }
    let plain = try end(1, Newton())
    for indefinite in Newton.Indefinite.allCases {
      for scale in [1e3, 1e4, 1e5] {
        let result = try end(scale, Newton(.fixed(1), indefinite: indefinite))
        #expect(result.outcome == .converged && result.last.step <= 2, "\(scale): \(result.outcome)")
        #expect(abs(result.last.value - plain.last.value) < 1e-14)
      }
    }
  }

  @Test("columns that repeat each other leave a minimum, which is found whatever their units")
  func repeated() throws {
    let data = try syntheticData(samples: 40, scales: [1])
    let features = data.features.flatMap { [1e4 * $0, 3e-4 * $0, $0 + 2] }
    let tripled = try RegressionObjective(
      .linear, data: RegressionData(features: features, featureCount: 3, targets: data.targets),
      sum: SerialSampleSum())
    let single = try trace(
      Newton(), RegressionObjective(.linear, data: data, sum: SerialSampleSum()), from: [0, 0], steps: 9,
      gradientTolerance: 1e-8
    ).result
    for method in [Newton(), NewtonConjugateGradients()] as [any DescentMethod] {
      let result = try trace(method, tripled, from: [0, 0, 0, 0], steps: 50, gradientTolerance: 1e-8).result
      #expect(result.outcome.isConverged, "\(result.outcome)")
      #expect(abs(result.last.value - single.last.value) < 1e-12)
    }
  }

  @Test("a least-squares problem is never said to have no minimum, whatever its steps and units")
  func neverEndless() throws {
    for units in Self.units {
      for repeats in [false, true] {
        let scaled = try objective(.linear, units).data
        // The first column a second time, so that an eigenvalue is zero but for rounding.
        let features = scaled.features.enumerated().map { index, value in
          repeats && index % 3 == 1 ? scaled.features[index - 1] * 1e-3 : value
        }
        let problem = try RegressionObjective(
          .linear, data: RegressionData(features: features, featureCount: 3, targets: scaled.targets),
          sum: SerialSampleSum())
        let methods: [any DescentMethod] = [
          GradientDescent(.fixed(1e-12)), Newton(.fixed(1e-3)), DiagonalPreconditioning(.fixed(0.1)),
          StochasticGradientDescent(
            learningRate: .constant(1e-12), estimate: .minibatch(size: 10), seed: 0),
        ]
        for method in methods {
          let outcome = try trace(method, problem, from: [0, 0, 0, 0], steps: 7, gradientTolerance: 1e-12)
            .result
            .outcome
          #expect(outcome == .stepLimit, "\(method): \(outcome)")
        }
      }
    }
  }

  @Test("a Cholesky factorization has the same bits in units that differ by powers of two")
  func bits() throws {
    let random = randomSymmetric(6, seed: 8)
    var matrix = product(random, random)
    for index in 0..<6 { matrix[index, index] += 1 }
    let side = normals(6, seed: 9)
    let plain = try CholeskyFactorization(matrix)
    let exponents = [0, 40, -60, 7, -7, 100]
    let factors = exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
    var scaled = matrix
    for row in 0..<6 { for column in 0..<6 { scaled[row, column] *= factors[row] * factors[column] } }
    let other = try CholeskyFactorization(scaled)
    #expect(other.reciprocalCondition > 1e-6 && plain.reciprocalCondition > 1e-6)
    let solution = other.solve(zip(side, factors).map { $0 * $1 })
    #expect(zip(solution, factors).map { $0 * $1 } == plain.solve(side))
    // Where the diagonal does not tell the units, the rows do.
    let exchange = DenseMatrix(rows: [[0, 1e12, 0], [1e12, 0, 0], [0, 0, 1e-12]])
    let found = try SymmetricFactorization(exchange).solve([2e12, 3e12, 1e-12])
    #expect(distance(found, [3, 2, 1]) < 1e-12)
    #expect(distance(try ModifiedFactorization(exchange).solve([2e12, 3e12, -1e-12]), [2, 3, -1]) < 1e-12)
  }
}

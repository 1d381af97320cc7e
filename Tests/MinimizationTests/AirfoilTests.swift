import Foundation
import Minimization
import Testing

/// The airfoil self-noise set as "Dive into Deep Learning", section 12.5, prepares it: columns standardized
/// over all 1503 rows, then the first 1500.
///
/// The file is where the environment variable LOCKSTEP_AIRFOIL says.
private enum Airfoil {
  static let path = ProcessInfo.processInfo.environment["LOCKSTEP_AIRFOIL"]

  static func objective(scales: [Double] = [1, 1, 1, 1, 1]) throws -> RegressionObjective {
    let text = try String(contentsOfFile: try #require(path), encoding: .utf8)
    var rows = try text.split(whereSeparator: \.isNewline).map { line in
      try line.split(separator: "\t").map { try #require(Double($0)) }
    }
    try #require(rows.count == 1503)
    for column in 0..<6 {
      let mean = rows.reduce(0) { $0 + $1[column] } / 1503
      let variance = rows.reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) } / 1503
      for row in rows.indices { rows[row][column] = (rows[row][column] - mean) / variance.squareRoot() }
    }
    let used = rows[..<1500]
    let data = try RegressionData(
      features: used.flatMap { row in zip(row[..<5], scales).map { $0 * $1 } }, featureCount: 5,
      targets: used.map { $0[5] })
    return try RegressionObjective(.linear, data: data, sum: SerialSampleSum())
  }

  static let optimum = 0.24168795509
}

@Suite(.enabled(if: Airfoil.path != nil, "LOCKSTEP_AIRFOIL names no file"))
struct AirfoilTests {
  private static let zeros = [Double](repeating: 0, count: 6)

  @Test("Newton's method reaches the optimum in one step")
  func newton() throws {
    let (iterates, _) = try trace(Newton(), try Airfoil.objective(), from: Self.zeros, steps: 1)
    #expect(abs(iterates[0].value - 0.493258971927) < 0.5e-12)
    #expect(abs(iterates[1].value - Airfoil.optimum) < 0.5e-11)
    let expected = [
      -0.583178340665, -0.365511838695, -0.484334438815, 0.223865199853, -0.271330090651,
      0.001963785321,
    ]
    #expect(distance(iterates[1].x, expected) < 0.5e-11)
    #expect(iterates[1].gradientNorm < 1e-15)
  }

  @Test("full-batch descent at rate 1 diverges slowly, and says so", arguments: [6, 10])
  func diverges(steps: Int) throws {
    let (iterates, result) = try trace(
      GradientDescent(.fixed(1)), try Airfoil.objective(), from: Self.zeros, steps: steps)
    let expected = [
      0.493259, 0.275710, 0.250312, 0.246494, 0.245498, 0.245132, 0.245078, 0.245259, 0.245642,
      0.246217, 0.246988,
    ]
    #expect(distance(iterates.map(\.value), Array(expected[...steps])) <= 0.5e-6)
    #expect("\(result.outcome)" == "diverging: learning rate 1 exceeds 2/λmax = 0.953069")
    let eigenvalues = try symmetricEigen(try Airfoil.objective().hessian(at: Self.zeros)).values
    let published = [0.17369, 0.66650, 0.91806, 1.00004, 1.12616, 2.09848]
    #expect(distance(eigenvalues, published) <= 0.5e-5)
  }

  /// What simulations of the book's program give for the final loss: its mean and the central 95 %.
  struct Setting: Sendable {
    let rate: Double
    let batch: Int
    let epochs: Int
    let mean: Double
    let band: ClosedRange<Double>
  }

  @Test(
    "descent by batches ends in the known band, never below the optimum",
    arguments: [
      Setting(rate: 1, batch: 1500, epochs: 6, mean: 0.24547, band: 0.24287...0.25005),
      Setting(rate: 1, batch: 1500, epochs: 10, mean: 0.24771, band: 0.24245...0.25744),
      Setting(rate: 0.005, batch: 1, epochs: 2, mean: 0.24462, band: 0.24218...0.24999),
      Setting(rate: 0.05, batch: 10, epochs: 2, mean: 0.24513, band: 0.24231...0.25019),
      Setting(rate: 0.02, batch: 10, epochs: 4, mean: 0.24268, band: 0.24197...0.24420),
      Setting(rate: 0.4, batch: 100, epochs: 2, mean: 0.24544, band: 0.24226...0.25336),
    ])
  func bands(setting: Setting) throws {
    let objective = try Airfoil.objective()
    let losses = try (0..<20 as Range<UInt64>).map { seed in
      let method = StochasticGradientDescent(
        learningRate: .constant(setting.rate), estimate: .minibatch(size: setting.batch), seed: seed,
        evaluationInterval: 1500 / setting.batch)
      let start = normals(5, seed: 100 + seed).map { 0.01 * $0 } + [0]
      let steps = setting.epochs * 1500 / setting.batch
      let (iterates, result) = try trace(method, objective, from: start, steps: steps)
      #expect(iterates.allSatisfy { $0.value >= Airfoil.optimum })
      if setting.batch == 1500 {
        #expect("\(result.outcome)" == "diverging: learning rate 1 exceeds 2/λmax = 0.953069")
      }
      return result.last.value
    }
    // Of twenty losses four or fewer lie outside with a probability of 99.7 %, whatever the seeds.
    #expect(losses.count { setting.band.contains($0) } >= 16, "\(losses)")
    // About four standard deviations of a mean, if the band is four wide.
    let deviation = (setting.band.upperBound - setting.band.lowerBound) / 4
    #expect(abs(losses.reduce(0, +) / 20 - setting.mean) < 4 * deviation / 20.squareRoot(), "\(losses)")
  }

  @Test("descent by batches at a rate above 2/λmax diverges, and says so")
  func batchesDiverge() throws {
    let method = StochasticGradientDescent(
      learningRate: .constant(1.3), estimate: .minibatch(size: 100), seed: 0, evaluationInterval: 15)
    let (_, result) = try trace(method, try Airfoil.objective(), from: Self.zeros, steps: 30)
    #expect("\(result.outcome)" == "diverging: learning rate 1.3 exceeds 2/λmax = 0.953069")
  }

  @Test("a badly scaled copy is no harder for diagonal preconditioning")
  func scaled() throws {
    try expectGainOfPreconditioning(on: try Airfoil.objective(scales: [1, 4, 0.25, 2, 0.5]))
  }
}

@Suite struct ScalingTests {
  @Test("diagonal preconditioning gains what the condition numbers predict")
  func synthetic() throws {
    let data = try syntheticData(scales: [1, 5, 20])
    try expectGainOfPreconditioning(
      on: try RegressionObjective(.linear, data: data, sum: SerialSampleSum()))
  }

  @Test("gradient descent on a quadratic converges below 2/λmax and diverges above")
  func rates() throws {
    let objective = try RegressionObjective(
      .linear, data: try syntheticData(), sum: SerialSampleSum())
    let start = [Double](repeating: 0, count: 4)
    let eigenvalues = try symmetricEigen(try objective.hessian(at: start)).values
    let limit = 2 / eigenvalues[3]
    let below = try trace(
      GradientDescent(.fixed(0.99 * limit)), objective, from: start, steps: 5000, gradientTolerance: 1e-10)
    #expect(below.result.outcome == .converged && below.result.learningRateLimit == nil)
    let above = try trace(
      GradientDescent(.fixed(1.01 * limit)), objective, from: start, steps: 20, gradientTolerance: 1e-10)
    #expect(above.result.outcome == .diverging(.learningRate(1.01 * limit, limit: limit)))
    #expect(above.result.last.value < above.iterates[0].value, "it is noticed while the value still falls")
  }
}

/// Counts steps with and without preconditioning, both at the best fixed rate.
///
/// With η = 2/(λmin + λmax) the error shrinks by (κ − 1)/(κ + 1) in each step: Boyd, Vandenberghe: "Convex
/// Optimization", section 9.3.
private func expectGainOfPreconditioning(on regression: RegressionObjective) throws {
  let start = [Double](repeating: 0, count: regression.dimension)
  let hessian = try regression.hessian(at: start)
  // The same function without its samples, so that thousands of steps are quick.
  let objective = Quadratic(matrix: hessian, linear: try regression.gradient(at: start).map { -$0 })
  let optimum = objective.value(at: try CholeskyFactorization(hessian).solve(objective.linear))
  let goal = optimum + 1e-10 * (objective.value(at: start) - optimum)

  func steps(_ hessian: DenseMatrix, _ method: (StepRule) -> any DescentMethod) throws -> (
    counted: Double, predicted: Double
  ) {
    let eigenvalues = try symmetricEigen(hessian).values
    let (smallest, largest) = (eigenvalues[0], eigenvalues[eigenvalues.count - 1])
    let condition = largest / smallest
    let predicted = log(1e10) / 2 / log((condition + 1) / (condition - 1))
    let iterates = try trace(
      method(.fixed(2 / (smallest + largest))), objective, from: start, steps: Int(2 * predicted)
    ).iterates
    return (Double(try #require(iterates.first { $0.value <= goal }).step), predicted)
  }

  let roots = hessian.diagonal.map { $0.squareRoot() }
  var rescaled = hessian
  for row in roots.indices {
    for column in roots.indices { rescaled[row, column] /= roots[row] * roots[column] }
  }
  let plain = try steps(hessian) { GradientDescent($0) }
  let preconditioned = try steps(rescaled) { DiagonalPreconditioning($0) }
  #expect(plain.predicted > 20 * preconditioned.predicted)
  let gain = plain.counted / preconditioned.counted
  #expect(abs(gain / (plain.predicted / preconditioned.predicted) - 1) < 0.25, "\(plain), \(preconditioned)")
}

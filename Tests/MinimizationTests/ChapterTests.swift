import Foundation
import Minimization
import Testing

/// The prints of "Dive into Deep Learning", sections 12.3 and 12.4, in double precision: ten steps from 10 if
/// nothing else is said.
@Suite struct ChapterTests {
  private func run(
    _ method: any DescentMethod, _ function: ScalarFunction
  ) throws -> (xs: [Double], result: Minimizer.Result) {
    let (iterates, result) = try trace(method, function, from: [10], steps: 10)
    return (iterates.map { $0.x[0] }, result)
  }

  @Test(
    "gradient descent on x²",
    arguments: [(0.2, 0.06046617599999997), (0.05, 3.4867844009999995), (1.1, 61.917364224000096)])
  func square(rate: Double, expected: Double) throws {
    let (xs, result) = try run(GradientDescent(.fixed(rate)), .square)
    #expect(xs.count == 11)
    #expect(xs.last == expected)
    #expect(result.outcome == (rate > 1 ? .diverging(.learningRate(1.1, limit: 1)) : .stepLimit))
    #expect(result.learningRateLimit == 1)
  }

  @Test("gradient descent on x cos(0.15πx)")
  func cosine() throws {
    let (xs, result) = try run(GradientDescent(.fixed(2)), .cosineProduct(frequency: 0.15))
    #expect(xs.last == -1.528165927635083)
    let published = [
      10, 0.57522204, -1.20658785, -2.27959813, -1.34341610, -2.20676935, -1.42578927, -2.15463404,
      -1.48387590, -2.11435361, -1.52816593,
    ]
    #expect(distance(xs, published) <= 0.5e-8)
    #expect(result.outcome == .stepLimit)
  }

  @Test("Newton's method on cosh(0.5x)")
  func cosh() throws {
    let (xs, result) = try run(
      Newton(.fixed(1), indefinite: .accepted), .hyperbolicCosine(scale: 0.5))
    let published = [10, 8.00018159, 6.00152275, 4.01139823, 2.08254218, 0.52576316, 0.01178558]
    #expect(distance(Array(xs[..<7]), published) <= 0.5e-8)
    #expect(abs(xs[7] - 1.3641604e-07) <= 0.5e-14)
    #expect(abs(xs[8] - 1.85e-22) <= 0.5e-24)
    #expect(xs.last == 0)
    #expect(result.outcome == .converged)
  }

  @Test("Newton's method on x cos(0.15πx): straight into a stationary point away from the minimum")
  func newton() throws {
    let (xs, result) = try run(
      Newton(.fixed(1), indefinite: .accepted), .cosineProduct(frequency: 0.15))
    #expect(xs[1] == 5.000000000000003)
    let published = [24.9948794942, 27.7831059971, 26.8000992793, 26.8341786137, 26.8341329133]
    #expect(distance(Array(xs[2...6]), published) <= 0.5e-10)
    #expect(xs.last == 26.83413291324767)
    #expect(result.last.value > 10)
  }

  @Test("damped by a half, it finds a minimum")
  func dampedNewton() throws {
    let (xs, _) = try run(
      Newton(.fixed(0.5), indefinite: .accepted), .cosineProduct(frequency: 0.15))
    let published = [
      10, 7.5, 7.38716488, 7.32900238, 7.29939237, 7.28444166, 7.27692803, 7.27316140, 7.27127561,
      7.27033209, 7.26986017,
    ]
    #expect(distance(xs, published) <= 0.5e-8)
    #expect(xs.last == 7.269860168684531)
  }

  @Test("from 4, where f″ < 0, it goes down with |f″| instead")
  func magnitudeNewton() throws {
    let function = ScalarFunction.cosineProduct(frequency: 0.15)
    #expect(function.hessian(at: [4])[0, 0] < 0)
    let (iterates, result) = try trace(
      Newton(.backtracking()), function, from: [4], steps: 50, gradientTolerance: 1e-10)
    #expect(result.outcome == .converged)
    #expect(zip(iterates, iterates.dropFirst()).allSatisfy { $1.value < $0.value })
    #expect(function.hessian(at: result.last.x)[0, 0] > 0)
  }

  static let valley = Quadratic(matrix: DenseMatrix(diagonal: [2, 4]))

  @Test("gradient descent on x₁² + 2x₂²")
  func twoDimensions() throws {
    let (iterates, _) = try trace(
      GradientDescent(.fixed(0.1)), Self.valley, from: [-5, -2], steps: 20)
    #expect(iterates.last?.x == [-0.057646075230342354, -7.312316880125945e-05])
    #expect(Self.valley.value(at: [-5, -2]) == 33)
  }

  @Test("noise on the gradient: a constant rate stays noisy, a falling one settles, or stops short")
  func noise() throws {
    func end(_ rate: LearningRate, steps: Int, seed: UInt64) throws -> [Double] {
      let method = StochasticGradientDescent(
        learningRate: rate, estimate: .noise(mean: 0, deviation: 1), seed: seed)
      return try trace(method, Self.valley, from: [-5, -2], steps: steps).result.last.x
    }
    func meanSquare(_ rate: LearningRate, steps: Int) throws -> Double {
      try (0..<200).reduce(0) { sum, seed in
        let x = try end(rate, steps: steps, seed: UInt64(seed))
        return sum + (x[0] * x[0] + x[1] * x[1]) / 200
      }
    }
    // x ← (1 − ηλ) x − η ξ has the stationary variance η² / (1 − (1 − ηλ)²) = η / (λ (2 − ηλ)).
    let stationary = 0.1 / (2 * 1.8) + 0.1 / (4 * 1.6)
    let constant = try meanSquare(.constant(0.1), steps: 100)
    #expect(abs(constant / stationary - 1) < 0.2)
    #expect(try meanSquare(.polynomial(0.1, decay: 0.1, power: 0.5), steps: 400) < 0.5 * constant)
    // The sum of all rates is 0.1 / (e^0.1 − 1): x₁ keeps at least about e^(−2 · 0.95) of its −5.
    let short = try end(.exponential(0.1, decay: 0.1), steps: 1000, seed: 0)
    #expect(short[0] < -0.25)
    #expect(try end(.constant(0.1), steps: 50, seed: 1) == end(.constant(0.1), steps: 50, seed: 1))
    #expect(try end(.constant(0.1), steps: 50, seed: 1) != end(.constant(0.1), steps: 50, seed: 2))
  }

  @Test("learning rates follow their formulas")
  func learningRates() {
    #expect(LearningRate.constant(0.3)(7) == 0.3)
    #expect(abs(LearningRate.exponential(2, decay: 0.1)(10) - 2 / M_E) < 1e-15)
    #expect(abs(LearningRate.polynomial(3, decay: 0.1, power: 0.5)(80) - 1) < 1e-15)
  }
}

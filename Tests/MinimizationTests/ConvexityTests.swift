import Foundation
import Minimization
import Testing

@Suite("Convexity")
struct ConvexityTests {
  /// The functions of the chapter on convexity: 0.5 x² and exp(0.5 x) are convex, cos(π x) is not.
  static let parabola = ScalarFunction(isQuadratic: true) {
    0.5 * $0 * $0
  } derivative: {
    $0
  } secondDerivative: { _ in
    1
  }
  static let exponential = ScalarFunction {
    exp(0.5 * $0)
  } derivative: {
    0.5 * exp(0.5 * $0)
  } secondDerivative: {
    0.25 * exp(0.5 * $0)
  }
  static let cosine = ScalarFunction {
    cos(.pi * $0)
  } derivative: {
    -.pi * sin(.pi * $0)
  } secondDerivative: {
    -.pi * .pi * cos(.pi * $0)
  }

  static func test(_ bounds: ClosedRange<Double>, dimension: Int = 1, samples: Int = 300) throws
    -> ConvexityTest
  {
    try ConvexityTest(
      region: Box(
        lower: [Double](repeating: bounds.lowerBound, count: dimension),
        upper: [Double](repeating: bounds.upperBound, count: dimension)), sampleCount: samples)
  }

  @Test("Jensen's inequality finds cos(πx) out, with a segment that proves it")
  func counterexample() throws {
    let found = try #require(try Self.test(-2...2).jensenCounterexample(of: Self.cosine))
    let weight = found.weight
    let point = weight * found.x[0] + (1 - weight) * found.y[0]
    let ends = [found.x[0], found.y[0]]
    #expect(ends.allSatisfy { (-2...2).contains($0) } && (0...1).contains(weight))
    #expect(abs(cos(.pi * point) - found.value) < 1e-14)
    let chord = weight * cos(.pi * ends[0]) + (1 - weight) * cos(.pi * ends[1])
    #expect(abs(chord - found.chord) < 1e-14)
    // Of 300 segments one comes near the largest excess there is, 2: a maximum between two minima.
    #expect(found.excess > 1.5 && found.excess <= 2)
    #expect(found.description.contains("\(found.value)") && found.description.contains("λ = \(weight)"))
  }

  @Test("and finds nothing against convex functions, also next to rounding")
  func convexFunctions() throws {
    #expect(try Self.test(-2...2).jensenCounterexample(of: Self.parabola) == nil)
    #expect(try Self.test(-2...2).jensenCounterexample(of: Self.exponential) == nil)
    #expect(try Self.test(1e3...1.000001e3).jensenCounterexample(of: Self.parabola) == nil)
    let line = LinearFunction(coefficients: [1e6, -3, 0.1], bound: 1e6)
    #expect(try Self.test(-5...5, dimension: 3).jensenCounterexample(of: line) == nil)
    let quadratic = try Quadratic(eigenvalues: [1e-6, 1, 1e6], seed: 1)
    #expect(try Self.test(-5...5, dimension: 3).jensenCounterexample(of: quadratic) == nil)
  }

  @Test("A function that is convex only in part is found out where it is not")
  func partly() throws {
    #expect(try Self.test(0.6...1.4).jensenCounterexample(of: Self.cosine) == nil)
    #expect(try Self.test(0.3...1.4).jensenCounterexample(of: Self.cosine) != nil)
    #expect(try Self.test(-2...2, dimension: 2).jensenCounterexample(of: Rosenbrock()) != nil)
    #expect(try Self.test(-2...2, dimension: 2).jensenCounterexample(of: Quadratic.saddle) != nil)
  }

  @Test("Where the domain has a hole, the chord over it is a counterexample")
  func hole() throws {
    let barrier = ScalarFunction {
      abs($0) < 0.1 ? .infinity : 0
    } derivative: { _ in
      0
    } secondDerivative: { _ in
      0
    }
    #expect(try Self.test(-2...2).jensenCounterexample(of: barrier)?.value == .infinity)
  }

  @Test("Eigenvalues of Hessians say the same")
  func curvature() throws {
    let cosine = try Self.test(-2...2).leastCurvature(of: Self.cosine)
    #expect(cosine.refutesConvexity() && abs(cosine.smallestEigenvalue + .pi * .pi) < 0.01)
    #expect(abs(cos(.pi * cosine.point[0]) - 1) < 0.001)
    #expect(try !Self.test(-2...2).leastCurvature(of: Self.exponential).refutesConvexity())
    let flat = try Quadratic(eigenvalues: [0, 1, 1e6], seed: 1)
    #expect(try !Self.test(-2...2, dimension: 3).leastCurvature(of: flat).refutesConvexity())
    let saddle = try Self.test(-2...2, dimension: 2, samples: 1).leastCurvature(of: Quadratic.saddle)
    #expect(saddle.smallestEigenvalue == -2 && saddle.largestEigenvalue == 2)
  }

  @Test("The same seed, the same segment")
  func seeds() throws {
    let region = try Box(lower: [-2], upper: [2])
    func found(_ seed: UInt64) throws -> JensenCounterexample? {
      try ConvexityTest(region: region, sampleCount: 20, seed: seed).jensenCounterexample(of: Self.cosine)
    }
    #expect(try found(1) == found(1))
    #expect(try found(1) != found(2))
    let endless = try Box(lower: [0], upper: [.infinity])
    #expect(throws: ConstraintError.self) { try ConvexityTest(region: endless, sampleCount: 1) }
  }

  /// Stationary points of known kinds, in random directions and at every scale.
  @Test(
    arguments: [
      ([1, 2, 5], .minimum), ([-1, -2, -5], .maximum), ([-1, 2, 5], .saddle), ([-1, 0, 5], .saddle),
      ([0, 2, 5], .degenerate), ([-3, -2, 0], .degenerate), ([0, 0, 0], .degenerate),
      ([1e-6, 1, 1], .minimum), ([-1e-6, 1, 1], .saddle), ([1e-12, 1, 1], .degenerate),
    ] as [([Double], StationaryPoint)], [1, 1e-9, 1e9])
  func kinds(kind: (eigenvalues: [Double], expected: StationaryPoint), scale: Double) throws {
    let objective = try Quadratic(eigenvalues: kind.eigenvalues.map { scale * $0 }, seed: 4)
    #expect(try objective.stationaryPoint(at: [0, 0, 0]) == kind.expected)
  }

  @Test("Known functions, and points that are not stationary")
  func functions() throws {
    #expect(try Rosenbrock(dimension: 3).stationaryPoint(at: [1, 1, 1]) == .minimum)
    #expect(try Quadratic.saddle.stationaryPoint(at: [0, 0]) == .saddle)
    #expect(try MonkeySaddle().stationaryPoint(at: [0, 0]) == .degenerate)
    #expect(try Self.cosine.stationaryPoint(at: [0]) == .maximum)
    #expect(try Self.cosine.stationaryPoint(at: [1]) == .minimum)
    #expect(try Self.cosine.stationaryPoint(at: [0.5]) == nil)
    #expect(try Rosenbrock().stationaryPoint(at: [0, 0]) == nil)
  }

  @Test("rounding is no counterexample where a function crosses zero, either")
  func rounding() throws {
    let line = Quadratic(matrix: DenseMatrix(diagonal: [1]), linear: [500])
    let test = try ConvexityTest(region: Box(lower: [999.999995], upper: [1000.000005]), sampleCount: 2000)
    #expect(try test.jensenCounterexample(of: line) == nil)
  }
}

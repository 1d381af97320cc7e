import Minimization
import Testing

@Suite struct DiagonalTests {
  @Test("the estimate of a diagonal Hessian is exact with one probe")
  func exact() throws {
    let objective = Quadratic(matrix: DenseMatrix(diagonal: [1, -2, 30]))
    #expect(
      try hessianDiagonalEstimate(of: objective, at: [1, 1, 1], probeCount: 1, seed: 3) == [1, -2, 30])
  }

  @Test("the estimate is unbiased, with the variance of its formula")
  func unbiased() throws {
    let matrix = randomSymmetric(6, seed: 31)
    let objective = Quadratic(matrix: matrix)
    let x = [Double](repeating: 0, count: 6)
    let count = 4000
    let estimates = try (0..<count).map {
      try hessianDiagonalEstimate(of: objective, at: x, probeCount: 1, seed: 4, stream: $0)
    }
    for row in 0..<6 {
      let variance = (0..<6).filter { $0 != row }.reduce(0) { $0 + matrix[row, $1] * matrix[row, $1] }
      let mean = estimates.reduce(0) { $0 + $1[row] } / Double(count)
      #expect(abs(mean - matrix[row, row]) < 4 * (variance / Double(count)).squareRoot())
      let found = estimates.reduce(0) { $0 + ($1[row] - mean) * ($1[row] - mean) } / Double(count)
      #expect(abs(found / variance - 1) < 0.15)
    }
  }

  @Test("with all scales equal it is gradient descent; a diagonal Hessian is solved in one step")
  func steps() throws {
    let equal = Quadratic(matrix: DenseMatrix(diagonal: [2, 2]))
    let plain = try trace(GradientDescent(.fixed(0.25)), equal, from: [3, -1], steps: 5)
    let scaled = try trace(DiagonalPreconditioning(.fixed(0.5)), equal, from: [3, -1], steps: 5)
    #expect(plain.iterates.map(\.x) == scaled.iterates.map(\.x))
    let unequal = Quadratic(matrix: DenseMatrix(diagonal: [1e-6, 1, 1e6]))
    for diagonal in [.exact, .estimated(probeCount: 1, seed: 0)] as [DiagonalPreconditioning.Diagonal] {
      let result = try trace(
        DiagonalPreconditioning(.fixed(1), diagonal: diagonal), unequal, from: [1, 2, 3], steps: 2
      ).result
      #expect(result.outcome == .converged && result.last.step == 1)
    }
    let flat = Quadratic(matrix: DenseMatrix(diagonal: [1, 0]), linear: [1, 1])
    #expect(
      try trace(DiagonalPreconditioning(.fixed(1)), flat, from: [0, 0], steps: 2).result.outcome
        == .unusableHessian(.singular(pivot: 2, order: 2)))
  }

  @Test("a step goes down along a variable of negative curvature, too")
  func negativeCurvature() throws {
    for diagonal in [.exact, .estimated(probeCount: 1, seed: 0)] as [DiagonalPreconditioning.Diagonal] {
      let result = try trace(
        DiagonalPreconditioning(.fixed(0.5), diagonal: diagonal), doubleWell, from: [0.3], steps: 100,
        gradientTolerance: 1e-10
      ).result
      #expect(result.outcome == .converged && abs(abs(result.last.x[0]) - 1) < 1e-10)
    }
  }
}

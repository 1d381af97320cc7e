import Minimization
import Testing

@Suite struct ConjugateGradientsTests {
  @Test("n products solve what Cholesky solves", arguments: [1, 2, 5, 20])
  func solves(order: Int) throws {
    let root = randomSymmetric(order, seed: 7)
    var matrix = product(root, root)
    for index in 0..<order { matrix[index, index] += 20 }
    let right = normals(order, seed: 8)
    let found = conjugateGradients(right, tolerance: 1e-12, iterationLimit: order + 5) {
      matrix.times($0)
    }
    #expect(found.ending == .converged)
    #expect(found.productCount <= order + 1)
    #expect(distance(found.solution, try CholeskyFactorization(matrix).solve(right)) < 1e-12)
  }

  @Test("as many products as there are different eigenvalues")
  func clusters() throws {
    // Nocedal, Wright: "Numerical Optimization", 2nd edition, theorem 5.4.
    let quadratic = try Quadratic(eigenvalues: [1, 1, 1, 1, 5, 5, 9, 9], seed: 3)
    let found = conjugateGradients(normals(8, seed: 9), tolerance: 1e-10, iterationLimit: 8) {
      quadratic.matrix.times($0)
    }
    #expect(found.productCount == 3)
  }

  @Test("negative curvature ends it: at once with b, later with the iterate")
  func negativeCurvature() {
    let atOnce = conjugateGradients([1, 2], tolerance: 0, iterationLimit: 9) { $0.map { -$0 } }
    #expect(atOnce.ending == .negativeCurvature && atOnce.solution == [1, 2])
    let later = conjugateGradients([1, 0.1], tolerance: 0, iterationLimit: 9) { [$0[0], -$0[1]] }
    #expect(later.ending == .negativeCurvature && later.productCount == 2)
    #expect(later.solution != [1, 0.1] && later.solution[0] > 0)
  }

  @Test("the limit ends it")
  func limit() {
    let scales = DenseMatrix(diagonal: [1, 10, 100])
    let found = conjugateGradients([1, 1, 1], tolerance: 1e-12, iterationLimit: 2) { scales.times($0) }
    #expect(found.ending == .iterationLimit && found.productCount == 2)
  }
}

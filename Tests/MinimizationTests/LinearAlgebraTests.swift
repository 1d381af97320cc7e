import Foundation
import Minimization
import Testing

@Suite struct LinearAlgebraTests {
  static let orders = [1, 2, 5, 20]

  @Test("a matrix stores by columns, and its product is the sum over them")
  func matrix() {
    let matrix = DenseMatrix(rows: [[1, 2, 3], [4, 5, 6]])
    #expect(matrix.elements == [1, 4, 2, 5, 3, 6])
    #expect(matrix.transposed == DenseMatrix(rows: [[1, 4], [2, 5], [3, 6]]))
    #expect(matrix.times([1, 10, 100]) == [321, 654])
    #expect(matrix.diagonal == [1, 5])
  }

  @Test("Q Λ Qᵀ is the matrix, Q is orthogonal, Λ ascends", arguments: orders)
  func eigen(order: Int) throws {
    let matrix = randomSymmetric(order, seed: 2)
    let eigen = try symmetricEigen(matrix)
    #expect(eigen.values == eigen.values.sorted())
    let vectors = eigen.vectors
    let back = product(product(vectors, DenseMatrix(diagonal: eigen.values)), vectors.transposed)
    #expect(distance(back.elements, matrix.elements) < 1e-13)
    let identity = DenseMatrix(diagonal: [Double](repeating: 1, count: order))
    #expect(distance(product(vectors.transposed, vectors).elements, identity.elements) < 1e-13)
  }

  @Test("second differences have eigenvalues 2 − 2 cos(kπ/(n+1))", arguments: orders)
  func tridiagonal(order: Int) throws {
    // Golub, Van Loan: "Matrix Computations", 4th edition, section 4.8.
    let eigen = try symmetricTridiagonalEigen(
      diagonal: [Double](repeating: 2, count: order),
      offDiagonal: [Double](repeating: -1, count: order - 1))
    let expected = (1...order).map { 2 - 2 * cos(Double($0) * .pi / Double(order + 1)) }
    #expect(distance(eigen.values, expected) < 1e-14)
    for column in 0..<order {
      for row in 0..<order {
        let sine = sin(Double((row + 1) * (column + 1)) * .pi / Double(order + 1))
        let size = (2 / Double(order + 1)).squareRoot()
        #expect(abs(abs(eigen.vectors[row, column]) - abs(size * sine)) < 1e-13)
      }
    }
  }

  @Test("no rows have no eigenvalues")
  func empty() throws {
    #expect(try symmetricTridiagonalEigen(diagonal: [], offDiagonal: []).values == [])
    #expect(try symmetricEigen(DenseMatrix(rowCount: 0, columnCount: 0)).values == [])
  }

  @Test("Cholesky solves what is positive definite", arguments: orders)
  func cholesky(order: Int) throws {
    let root = randomSymmetric(order, seed: 3)
    var matrix = product(root, root)
    for index in 0..<order { matrix[index, index] += 1 }
    let solution = normals(order, seed: 4)
    let found = try CholeskyFactorization(matrix).solve(matrix.times(solution))
    #expect(distance(found, solution) < 1e-11)
  }

  @Test("the symmetric factorization solves what is indefinite", arguments: orders)
  func symmetric(order: Int) throws {
    let matrix = randomSymmetric(order, seed: 5)
    let solution = normals(order, seed: 6)
    let found = try SymmetricFactorization(matrix).solve(matrix.times(solution))
    #expect(distance(found, solution) < 1e-11)
  }

  @Test("the modified factorization solves with |λ|, floored")
  func modified() throws {
    let found = try ModifiedFactorization(DenseMatrix(diagonal: [4, -2, 0])).solve([4, 4, 4])
    #expect(distance(Array(found[..<2]), [1, 2]) < 1e-15)
    // In units in which all rows are of one size the diagonal is 1, −2, 0.
    #expect(abs(found[2] * 2 * 0x1p-26 / 4 - 1) < 1e-12)
    // Without a negative eigenvalue only what rounding could have made is floored.
    let flat = try ModifiedFactorization(DenseMatrix(rows: [[1, 1], [1, 1 + 1e-12]])).solve([0, 1e-12])
    #expect(distance(flat, [-1, 1]) < 1e-3)
  }

  @Test("what cannot be factored is named")
  func errors() {
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: 2, order: 3)) {
      try CholeskyFactorization(DenseMatrix(diagonal: [1, -1, 1]))
    }
    #expect(throws: LinearAlgebraError.singular(pivot: 2, order: 2)) {
      try SymmetricFactorization(DenseMatrix(diagonal: [1, 0]))
    }
    #expect(throws: LinearAlgebraError.singular(pivot: 1, order: 2)) {
      try ModifiedFactorization(DenseMatrix(diagonal: [0, 0]))
    }
    #expect(throws: LinearAlgebraError.notFinite(row: 0, column: 1)) {
      try symmetricEigen(DenseMatrix(rows: [[1, .nan], [0, 1]]))
    }
    #expect(throws: LinearAlgebraError.notFinite(row: 1, column: 2)) {
      try symmetricTridiagonalEigen(diagonal: [1, 2, 3], offDiagonal: [0, .infinity])
    }
    let nearlySingular = DenseMatrix(rows: [[1, 1], [1, 1 + 0x1p-52]])
    for factor in [
      { _ = try CholeskyFactorization($0) }, { _ = try SymmetricFactorization($0) },
    ] as [(DenseMatrix) throws -> Void] {
      #expect {
        try factor(nearlySingular)
      } throws: {
        "\($0)".hasPrefix("the matrix is singular to working precision")
      }
    }
  }
}

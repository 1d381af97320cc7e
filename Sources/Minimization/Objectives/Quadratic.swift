import Mistakes
import Randomness

/// ½ xᵀ A x − bᵀ x for a symmetric A.
public struct Quadratic: TwiceDifferentiableObjective, Hashable, Sendable {
  /// The Hessian A, n × n and symmetric.
  public let matrix: DenseMatrix
  /// The linear term b, n elements.
  public let linear: [Double]

  /// Makes the function of a symmetric matrix and a linear term; without one that is zero.
  public init(matrix: DenseMatrix, linear: [Double]? = nil) {
    let linear = linear ?? [Double](repeating: 0, count: matrix.rowCount)
    require(matrix.rowCount >= 1, "given a matrix of \(matrix.rowCount) rows but at least 1 needed")
    require(
      matrix == matrix.transposed,
      "given a matrix of \(matrix.rowCount)×\(matrix.columnCount) elements that is not symmetric")
    require(
      linear.count == matrix.rowCount,
      "a linear term of \(linear.count) elements meets \(matrix.rowCount) rows")
    self.matrix = matrix
    self.linear = linear
  }

  /// Makes ½ xᵀ A x with given eigenvalues in a random direction each.
  ///
  /// The eigenvectors of A = Q Λ Qᵀ are those of a symmetric matrix of independent normal numbers, which
  /// makes each direction as probable as any other. Mehta: "Random Matrices", 3rd edition, chapter 2.
  ///
  /// - Parameters:
  ///   - eigenvalues: λ₁ … λₙ, all finite; max / min is the condition number.
  ///   - seed: names the directions.
  public init(eigenvalues: [Double], seed: UInt64) throws(LinearAlgebraError) {
    let order = eigenvalues.count
    var random = Philox(seed: seed, purpose: .synthesis)
    var symmetric = DenseMatrix(rowCount: order, columnCount: order)
    for column in 0..<order {
      // The diagonal has twice the variance of the rest: the distribution is the same in every orthonormal
      // basis.
      symmetric[column, column] = Double(random.normal()) * 2.squareRoot()
      for row in column + 1..<max(order, column + 1) { symmetric[row, column] = Double(random.normal()) }
    }
    let vectors = try symmetricEigen(symmetric).vectors
    var matrix = DenseMatrix(rowCount: order, columnCount: order)
    for column in 0..<order {
      for row in column..<order {
        let element = (0..<order).reduce(0) {
          $0 + vectors[row, $1] * eigenvalues[$1] * vectors[column, $1]
        }
        matrix[row, column] = element
        matrix[column, row] = element
      }
    }
    self.init(matrix: matrix)
  }

  /// x₁² − x₂²: the simplest saddle, at 0.
  public static let saddle = Quadratic(matrix: DenseMatrix(diagonal: [2, -2]))

  /// The number of variables.
  public var dimension: Int { matrix.rowCount }

  /// True.
  public var isQuadratic: Bool { true }

  /// The value at x.
  public func value(at x: [Double]) -> Double {
    dot(x, matrix.times(x)) / 2 - dot(linear, x)
  }

  /// The gradient A x − b.
  public func gradient(at x: [Double]) -> [Double] {
    sum(matrix.times(x), -1, linear)
  }

  /// The Hessian A.
  public func hessian(at x: [Double]) -> DenseMatrix { matrix }
}

import CLAPACK
import Mistakes

/// The solutions of linear equations: A x = b.
///
/// The equations may be fewer or more than the variables, and some may follow from others.
public struct AffineSubspace: ConvexSet, Hashable {
  /// The solution of least norm, n elements.
  public let origin: [Double]
  /// Orthonormal rows that span the same space as those of A: rank × n.
  private let rows: DenseMatrix
  private let columns: DenseMatrix

  /// Solves the equations by the singular value decomposition.
  ///
  /// Singular values below max(m, n) ε times the largest count as zero. The corresponding LAPACK routine is `dgesdd`;
  /// Golub, Van Loan: "Matrix Computations", 4th edition, section 5.5.
  ///
  /// - Parameters:
  ///   - matrix: A, m × n.
  ///   - rightHandSide: b, m elements.
  /// - Throws: `ConstraintError` if a number is not finite or the equations contradict each other: if, each divided by
  ///   its largest coefficient, one is off by more than 10⁻¹⁰ (|bᵢ| + ‖x‖) at the best x.
  public init(matrix: DenseMatrix, rightHandSide: [Double]) throws(ConstraintError) {
    let (m, n) = (matrix.rowCount, matrix.columnCount)
    require(m >= 1 && n >= 1, "\(m) × \(n) is no system of equations")
    try ConstraintError.requireCount(rightHandSide.count, m, "the right-hand side of the equations")
    try ConstraintError.requireFinite(matrix.elements + rightHandSide, "the system of equations")
    // An equation says the same whatever it is multiplied with.
    var (matrix, rightHandSide) = (matrix, rightHandSide)
    for row in 0..<m {
      let largest = maximumNorm((0..<n).map { matrix[row, $0] })
      guard largest > 0 else { continue }
      for column in 0..<n { matrix[row, column] /= largest }
      rightHandSide[row] /= largest
    }
    let decomposition = SingularValues(of: matrix)
    let largest = decomposition.values.first ?? 0
    let rank = decomposition.values.prefix { $0 > Double(max(m, n)) * .ulpOfOne * largest }.count

    var origin = [Double](repeating: 0, count: n)
    var rows = DenseMatrix(rowCount: rank, columnCount: n)
    for index in 0..<rank {
      let left = (0..<m).map { decomposition.left[$0, index] }
      let right = (0..<n).map { decomposition.right[index, $0] }
      let component = dot(left, rightHandSide)
      origin = sum(origin, component / decomposition.values[index], right)
      for column in 0..<n { rows[index, column] = right[column] }
    }
    let violations = zip(matrix.times(origin), rightHandSide).map { abs($0 - $1) }
    let isSolved = (0..<m).allSatisfy { row in
      // 0 = b has no solution, however small b is beside x.
      let isVoid = (0..<n).allSatisfy { matrix[row, $0] == 0 }
      return isVoid
        ? rightHandSide[row] == 0
        : violations[row] <= 1e-10 * (abs(rightHandSide[row]) + norm(origin))
    }
    guard isSolved else { throw .inconsistentEquations(residual: maximumNorm(violations)) }
    self.origin = origin
    self.rows = rows
    columns = rows.transposed
  }

  /// The number of coordinates.
  public var dimension: Int { origin.count }

  /// The point less its offset in the space of A's rows.
  public func project(_ point: [Double]) -> [Double] {
    requireDimension(point)
    return sum(point, -1, columns.times(rows.times(sum(point, -1, origin))))
  }
}

/// The decomposition A = U diag(σ) Vᵀ of a matrix.
private struct SingularValues {
  /// σ, descending, as many as the smaller side of A has elements.
  var values: [Double]
  /// U, m × min(m, n).
  var left: DenseMatrix
  /// Vᵀ, min(m, n) × n.
  var right: DenseMatrix

  /// Decomposes a matrix of finite numbers with at least one row and one column.
  init(of matrix: DenseMatrix) {
    let (m, n) = (matrix.rowCount, matrix.columnCount)
    let count = min(m, n)
    var copy = matrix.elements
    values = [Double](repeating: 0, count: count)
    left = DenseMatrix(rowCount: m, columnCount: count)
    right = DenseMatrix(rowCount: count, columnCount: n)
    let remaining = checked(
      LAPACKE_dgesdd(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), Int32(m), Int32(n), &copy, Int32(m), &values,
        &left.elements,
        Int32(m), &right.elements, Int32(count)),
      "dgesdd")
    // The iteration is proven to converge for finite numbers.
    require(remaining == 0, "LAPACK's dgesdd returns \(remaining)")
  }
}

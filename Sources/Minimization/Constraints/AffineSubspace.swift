import CLAPACK

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
  /// - Throws: `ConstraintError` if a number is not finite or the equations contradict each other: if no x makes
  ///   ‖A x − b‖ smaller than 10⁻¹⁰ ‖b‖.
  public init(matrix: DenseMatrix, rightHandSide: [Double]) throws(ConstraintError) {
    let (m, n) = (matrix.rowCount, matrix.columnCount)
    precondition(m >= 1 && n >= 1, "\(m) × \(n) is no system of equations")
    try ConstraintError.requireCount(rightHandSide.count, m, "the right-hand side of the equations")
    try ConstraintError.requireFinite(matrix.elements + rightHandSide, "the system of equations")
    let decomposition = SingularValues(of: matrix)
    let largest = decomposition.values.first ?? 0
    let rank = decomposition.values.prefix { $0 > Double(max(m, n)) * .ulpOfOne * largest }.count

    var origin = [Double](repeating: 0, count: n)
    var residual = rightHandSide
    var rows = DenseMatrix(rowCount: rank, columnCount: n)
    for index in 0..<rank {
      let left = (0..<m).map { decomposition.left[$0, index] }
      let right = (0..<n).map { decomposition.right[index, $0] }
      let component = dot(left, rightHandSide)
      residual = sum(residual, -component, left)
      origin = sum(origin, component / decomposition.values[index], right)
      for column in 0..<n { rows[index, column] = right[column] }
    }
    let remainder = norm(residual)
    guard remainder <= 1e-10 * norm(rightHandSide) else { throw .inconsistentEquations(residual: remainder) }
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
    precondition(remaining == 0, "LAPACK's dgesdd returns \(remaining)")
  }
}

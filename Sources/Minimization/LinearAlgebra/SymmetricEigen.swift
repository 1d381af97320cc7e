import CLAPACK
import Mistakes

/// The eigenvalues of a symmetric matrix and an orthonormal basis of eigenvectors.
public struct SymmetricEigen: Hashable, Sendable {
  /// The eigenvalues λ, ascending.
  public var values: [Double]
  /// The eigenvectors, one a column, in the order of the eigenvalues.
  public var vectors: DenseMatrix

  /// The magnitude up to which an eigenvalue is zero but for rounding.
  var zero: Double {
    4 * Double(values.count) * .ulpOfOne * values.reduce(0) { max($0, abs($1)) }
  }
}

/// The eigenvalues and eigenvectors of a symmetric tridiagonal matrix, by the implicit QL or QR iteration.
///
/// The corresponding LAPACK routine is `dstev`; Golub, Van Loan: "Matrix Computations", 4th edition, section
/// 8.3.
///
/// - Parameters:
///   - diagonal: n elements, all finite.
///   - offDiagonal: n − 1 elements, all finite; element i stands at (i, i + 1) and (i + 1, i).
/// - Throws: ``LinearAlgebraError/notFinite(row:column:)``,
///   ``LinearAlgebraError/noConvergence(routine:remaining:)``.
/// - Complexity: O(n³)
public func symmetricTridiagonalEigen(
  diagonal: [Double], offDiagonal: [Double]
) throws(LinearAlgebraError) -> SymmetricEigen {
  let order = diagonal.count
  require(
    offDiagonal.count == max(order - 1, 0),
    "given \(offDiagonal.count) off-diagonal elements but \(max(order - 1, 0)) needed")
  if let index = diagonal.firstIndex(where: { !$0.isFinite }) { throw .notFinite(row: index, column: index) }
  if let index = offDiagonal.firstIndex(where: { !$0.isFinite }) {
    throw .notFinite(row: index, column: index + 1)
  }
  var vectors = DenseMatrix(rowCount: order, columnCount: order)
  guard order > 0 else { return SymmetricEigen(values: [], vectors: vectors) }
  var values = diagonal
  var offDiagonal = offDiagonal
  let remaining = checked(
    LAPACKE_dstev(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), Int32(order), &values, &offDiagonal, &vectors.elements,
      Int32(order)),
    "dstev")
  guard remaining == 0 else { throw .noConvergence(routine: "dstev", remaining: remaining) }
  return SymmetricEigen(values: values, vectors: vectors)
}

/// The eigenvalues and eigenvectors of a symmetric matrix.
///
/// The corresponding LAPACK routine is `dsyev`.
///
/// - Parameter matrix: n × n; only the lower triangle is read.
/// - Throws: ``LinearAlgebraError/notFinite(row:column:)``,
///   ``LinearAlgebraError/noConvergence(routine:remaining:)``.
/// - Complexity: O(n³)
public func symmetricEigen(_ matrix: DenseMatrix) throws(LinearAlgebraError) -> SymmetricEigen {
  let order = matrix.rowCount
  require(matrix.columnCount == order, "\(order) × \(matrix.columnCount) is not square")
  try matrix.checkFinite()
  var vectors = matrix
  guard order > 0 else { return SymmetricEigen(values: [], vectors: vectors) }
  var values = [Double](repeating: 0, count: order)
  let remaining = checked(
    LAPACKE_dsyev(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")), Int32(order), &vectors.elements,
      Int32(order), &values),
    "dsyev")
  guard remaining == 0 else { throw .noConvergence(routine: "dsyev", remaining: remaining) }
  return SymmetricEigen(values: values, vectors: vectors)
}

import CLAPACK
import Mistakes

/// The factorization A = L Lᵀ of a symmetric positive definite matrix.
///
/// What is factored is S A S, whose rows are of one size (`Equilibration`): a matrix is judged without its variables' units.
///
/// The corresponding LAPACK routines are `dpotrf`, `dpotrs` and `dpocon`; Golub, Van Loan: "Matrix
/// Computations", 4th edition, sections 4.2 and 3.5.
public struct CholeskyFactorization: Sendable {
  private let factor: DenseMatrix
  private let equilibration: Equilibration

  /// An estimate of 1 / (‖B‖ ‖B⁻¹‖) in the 1-norm, B = S A S, from 0 to 1.
  public let reciprocalCondition: Double

  /// Factors a matrix.
  ///
  /// - Parameter matrix: n × n; only the lower triangle is read.
  /// - Throws: ``LinearAlgebraError/notPositiveDefinite(pivot:order:)``,
  ///   ``LinearAlgebraError/illConditioned(reciprocal:)`` where no digit of a solution would be right,
  ///   ``LinearAlgebraError/notFinite(row:column:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: DenseMatrix) throws(LinearAlgebraError) {
    let order = matrix.rowCount
    require(matrix.columnCount == order, "\(order) × \(matrix.columnCount) is not square")
    try matrix.checkFinite()
    let equilibration = Equilibration(of: matrix)
    let scaled = equilibration.scaled(matrix)
    var factor = scaled
    var reciprocal = 1.0
    if order > 0 {
      let triangle = CChar(UInt8(ascii: "L"))
      let pivot = checked(
        LAPACKE_dpotrf(LAPACK_COL_MAJOR, triangle, Int32(order), &factor.elements, Int32(order)), "dpotrf")
      guard pivot == 0 else { throw .notPositiveDefinite(pivot: pivot, order: order) }
      _ = checked(
        LAPACKE_dpocon(
          LAPACK_COL_MAJOR, triangle, Int32(order), factor.elements, Int32(order), scaled.symmetricOneNorm,
          &reciprocal),
        "dpocon")
    }
    guard reciprocal >= .ulpOfOne else { throw .illConditioned(reciprocal: reciprocal) }
    self.factor = factor
    self.equilibration = equilibration
    reciprocalCondition = reciprocal
  }

  /// The solution x of A x = b.
  ///
  /// - Parameter rightHandSide: b, n elements.
  /// - Complexity: O(n²)
  public func solve(_ rightHandSide: [Double]) -> [Double] {
    let order = factor.rowCount
    require(
      rightHandSide.count == order,
      "a right-hand side of \(rightHandSide.count) elements meets \(order) rows")
    var solution = equilibration.scaled(rightHandSide)
    guard order > 0 else { return solution }
    _ = checked(
      LAPACKE_dpotrs(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), Int32(order), 1, factor.elements, Int32(order), &solution,
        Int32(order)),
      "dpotrs")
    return equilibration.scaled(solution)
  }
}

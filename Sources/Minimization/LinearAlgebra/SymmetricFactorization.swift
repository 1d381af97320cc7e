import CLAPACK
import Mistakes

/// The factorization A = L D Lᵀ of a symmetric matrix, which need not be definite, by Bunch and Kaufman's
/// pivoting.
///
/// What is factored is S A S, whose rows are of one size (`Equilibration`): a matrix is judged without its variables' units.
///
/// The corresponding LAPACK routines are `dsytrf`, `dsytrs` and `dsycon`; Golub, Van Loan: "Matrix
/// Computations", 4th edition, section 4.4.
public struct SymmetricFactorization: Sendable {
  private let factor: DenseMatrix
  private let pivots: [Int32]
  private let equilibration: Equilibration

  /// An estimate of 1 / (‖B‖ ‖B⁻¹‖) in the 1-norm, B = S A S, from 0 to 1.
  public let reciprocalCondition: Double

  /// Factors a matrix.
  ///
  /// - Parameter matrix: n × n; only the lower triangle is read.
  /// - Throws: ``LinearAlgebraError/singular(pivot:order:)``,
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
    var pivots = [Int32](repeating: 0, count: order)
    var reciprocal = 1.0
    if order > 0 {
      let triangle = CChar(UInt8(ascii: "L"))
      let pivot = checked(
        LAPACKE_dsytrf(
          LAPACK_COL_MAJOR, triangle, Int32(order), &factor.elements, Int32(order), &pivots),
        "dsytrf")
      guard pivot == 0 else { throw .singular(pivot: pivot, order: order) }
      _ = checked(
        LAPACKE_dsycon(
          LAPACK_COL_MAJOR, triangle, Int32(order), factor.elements, Int32(order), pivots,
          scaled.symmetricOneNorm, &reciprocal),
        "dsycon")
    }
    guard reciprocal >= .ulpOfOne else { throw .illConditioned(reciprocal: reciprocal) }
    self.factor = factor
    self.pivots = pivots
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
      LAPACKE_dsytrs(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "L")), Int32(order), 1, factor.elements, Int32(order), pivots,
        &solution, Int32(order)),
      "dsytrs")
    return equilibration.scaled(solution)
  }
}

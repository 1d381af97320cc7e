/// A positive definite stand-in for a symmetric matrix: |A| = Q |Λ| Qᵀ.
///
/// Every eigenvalue λ of A is replaced by max(|λ|, δ), δ = √ε max |λ|. A Newton step with |A| goes down where
/// the curvature is negative and is as long as the curvature's size says; along flat directions it is long
/// but finite. Nocedal, Wright: "Numerical Optimization", 2nd edition, section 3.4, "Eigenvalue
/// modification".
public struct ModifiedFactorization: Sendable {
  private let eigen: SymmetricEigen
  private let magnitudes: [Double]

  /// Factors a matrix.
  ///
  /// - Parameter matrix: n × n; only the lower triangle is read.
  /// - Throws: ``LinearAlgebraError/singular(pivot:order:)`` for a matrix of zeros,
  ///   ``LinearAlgebraError/notFinite(row:column:)``,
  ///   ``LinearAlgebraError/noConvergence(routine:remaining:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: DenseMatrix) throws(LinearAlgebraError) {
    eigen = try symmetricEigen(matrix)
    let largest = eigen.values.reduce(0) { max($0, abs($1)) }
    guard largest > 0 || eigen.values.isEmpty else {
      throw .singular(pivot: 1, order: matrix.rowCount)
    }
    let floor = Double.ulpOfOne.squareRoot() * largest
    magnitudes = eigen.values.map { max(abs($0), floor) }
  }

  /// The solution x of |A| x = b.
  ///
  /// - Parameter rightHandSide: b, n elements.
  /// - Complexity: O(n²)
  public func solve(_ rightHandSide: [Double]) -> [Double] {
    let coordinates = eigen.vectors.transposed.times(rightHandSide)
    return eigen.vectors.times(zip(coordinates, magnitudes).map { $0 / $1 })
  }
}

/// A positive definite stand-in for a symmetric matrix: |A| = S⁻¹ Q |Λ| Qᵀ S⁻¹, where S A S = Q Λ Qᵀ has rows of one size
/// (`Equilibration`).
///
/// Every eigenvalue λ of S A S is replaced by its magnitude. A Newton step with |A| goes down where the curvature is
/// negative and is as long as the curvature's size says. Where a curvature is negative, magnitudes are at least δ =
/// √ε max |λ|, since along nearly flat directions the model is not to be trusted far; where none is, only those are
/// replaced by δ that rounding alone could have made. Nocedal, Wright: "Numerical Optimization", 2nd edition, section 3.4,
/// "Eigenvalue modification".
public struct ModifiedFactorization: Sendable {
  private let eigen: SymmetricEigen
  private let magnitudes: [Double]
  private let equilibration: Equilibration

  /// Factors a matrix.
  ///
  /// - Parameter matrix: n × n; only the lower triangle is read.
  /// - Throws: ``LinearAlgebraError/singular(pivot:order:)`` for a matrix of zeros,
  ///   ``LinearAlgebraError/notFinite(row:column:)``,
  ///   ``LinearAlgebraError/noConvergence(routine:remaining:)``.
  /// - Complexity: O(n³)
  public init(_ matrix: DenseMatrix) throws(LinearAlgebraError) {
    try matrix.checkFinite()
    equilibration = Equilibration(of: matrix)
    let eigen = try symmetricEigen(equilibration.scaled(matrix))
    let largest = eigen.values.reduce(0) { max($0, abs($1)) }
    guard largest > 0 || eigen.values.isEmpty else {
      throw .singular(pivot: 1, order: matrix.rowCount)
    }
    let floor = Double.ulpOfOne.squareRoot() * largest
    let isSemidefinite = eigen.values.allSatisfy { $0 >= -eigen.zero }
    magnitudes = eigen.values.map {
      isSemidefinite ? ($0 > eigen.zero ? $0 : floor) : max(abs($0), floor)
    }
    self.eigen = eigen
  }

  /// The solution x of |A| x = b.
  ///
  /// - Parameter rightHandSide: b, n elements.
  /// - Complexity: O(n²)
  public func solve(_ rightHandSide: [Double]) -> [Double] {
    let coordinates = eigen.vectors.transposed.times(equilibration.scaled(rightHandSide))
    return equilibration.scaled(eigen.vectors.times(zip(coordinates, magnitudes).map { $0 / $1 }))
  }
}

import Mistakes

/// Factors that bring the rows and columns of a symmetric matrix A to one size: S A S with a diagonal S.
///
/// A Hessian's elements carry the units of its variables; those of S A S carry none. Whether a pivot or an eigenvalue is
/// zero but for rounding is asked of S A S, so that the answer is the same in metres and in millimetres. By Sylvester's
/// law A and S A S have as many positive, zero and negative eigenvalues.
///
/// All factors are powers of two: scaling rounds nothing, and a Cholesky factorization has the same bits with and without.
/// Of a positive semidefinite matrix the diagonal becomes 1 up to a factor of 2, which is within a factor of n of the least
/// condition number that a diagonal S can reach. Van der Sluis: "Condition Numbers and Equilibration of Matrices", Numerische
/// Mathematik 14, 1969, doi:10.1007/BF02165096; Ruiz: "A Scaling Algorithm to Equilibrate Both Rows and Columns Norms in
/// Matrices", RAL-TR-2001-034, for matrices whose diagonal does not tell.
struct Equilibration {
  /// The diagonal of S, n powers of two.
  let factors: [Double]

  /// The factors of a matrix of which only the diagonal is known; an element of zero has the factor 1.
  init(diagonal: [Double]) {
    self.init(exponents: Self.exponents(diagonal))
  }

  private init(exponents: [Int]) {
    // Products of two factors must be numbers, too.
    factors = exponents.map { Double(sign: .plus, exponent: min(max($0, -500), 500), significand: 1) }
  }

  /// The exponents that bring magnitudes x to s² x between ½ and 4.
  private static func exponents(_ magnitudes: [Double]) -> [Int] {
    // Division by two rounds to zero.
    magnitudes.map { $0 == 0 || !$0.isFinite ? 0 : -Int($0.exponent) / 2 }
  }

  /// Finds the factors.
  ///
  /// - Parameter matrix: n × n, finite; only the lower triangle is read. A row of zeros has the factor 1.
  init(of matrix: DenseMatrix) {
    let order = matrix.rowCount
    var exponents = Self.exponents(matrix.diagonal)
    for _ in 0..<Self.passLimit {
      let changes = Self.exponents(Self.rowMaxima(of: matrix, exponents))
      guard changes.contains(where: { $0 != 0 }) else { break }
      for index in 0..<order { exponents[index] += changes[index] }
    }
    self.init(exponents: exponents)
  }

  /// S A S.
  func scaled(_ matrix: DenseMatrix) -> DenseMatrix {
    var result = matrix
    for column in factors.indices {
      for row in factors.indices {
        result.elements[row + factors.count * column] *= factors[row] * factors[column]
      }
    }
    return result
  }

  /// S v.
  func scaled(_ vector: [Double]) -> [Double] {
    require(vector.count == factors.count, "\(vector.count) elements meet \(factors.count) factors")
    return zip(vector, factors).map { $0 * $1 }
  }

  private static let passLimit = 30

  /// The largest magnitude of each row of S A S, S being 2 to the exponents.
  private static func rowMaxima(of matrix: DenseMatrix, _ exponents: [Int]) -> [Double] {
    let order = matrix.rowCount
    var maxima = [Double](repeating: 0, count: order)
    for column in 0..<order {
      for row in column..<order {
        let element = abs(matrix.elements[row + order * column])
        guard element > 0 else { continue }
        let size = Double(sign: .plus, exponent: exponents[row] + exponents[column], significand: element)
        maxima[row] = max(maxima[row], size)
        maxima[column] = max(maxima[column], size)
      }
    }
    // Too large a size to be a number is known well enough to be lessened.
    return maxima.map { min($0, .greatestFiniteMagnitude) }
  }
}

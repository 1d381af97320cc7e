import Mistakes

/// Why a matrix could not be factored; its description is one line.
public enum LinearAlgebraError: Error, Hashable, Sendable {
  /// The leading minor of this order is not positive: the pivots before it were. Counted from 1.
  case notPositiveDefinite(pivot: Int, order: Int)
  /// The pivot is exactly zero. Counted from 1.
  case singular(pivot: Int, order: Int)
  /// The reciprocal of the condition number is below the rounding of a `Double`.
  case illConditioned(reciprocal: Double)
  /// An element is infinite or not a number.
  case notFinite(row: Int, column: Int)
  /// The iteration for eigenvalues left this many off-diagonal elements that are not zero.
  case noConvergence(routine: String, remaining: Int)
}

extension LinearAlgebraError: CustomStringConvertible {
  /// One line: what was found and what would be right.
  public var description: String {
    switch self {
    case .notPositiveDefinite(let pivot, let order):
      "pivot \(pivot) of \(order) is not positive: the matrix is not positive definite"
    case .singular(let pivot, let order):
      "pivot \(pivot) of \(order) is zero: the matrix is singular"
    case .illConditioned(let reciprocal):
      "the matrix is singular to working precision: its reciprocal condition number is \(reciprocal)"
    case .notFinite(let row, let column):
      "element (\(row), \(column)) of the matrix is not finite"
    case .noConvergence(let routine, let remaining):
      "LAPACK's \(routine) found no eigenvalues: \(remaining) off-diagonal elements did not vanish"
    }
  }
}

/// Passes a LAPACK return code on: 0 and above are the routine's own results, below 0 is a mistake in the
/// call.
func checked(_ code: Int32, _ routine: String) -> Int {
  // LAPACK_WORK_MEMORY_ERROR and LAPACK_TRANSPOSE_MEMORY_ERROR are −1010 and −1011, the rest names an
  // argument.
  require(code >= 0, "LAPACK's \(routine) returns \(code): out of memory or a wrong argument")
  return Int(code)
}

extension DenseMatrix {
  /// The largest sum of magnitudes in a column of a symmetric matrix of which only the lower triangle is
  /// read.
  var symmetricOneNorm: Double {
    var sums = [Double](repeating: 0, count: columnCount)
    for column in 0..<columnCount {
      sums[column] += abs(self[column, column])
      for row in column + 1..<max(rowCount, column + 1) {
        sums[column] += abs(self[row, column])
        sums[row] += abs(self[row, column])
      }
    }
    return sums.max() ?? 0
  }

  /// Throws if an element is infinite or not a number, on which LAPACK would loop or return nonsense.
  func checkFinite() throws(LinearAlgebraError) {
    if let index = elements.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(row: index % rowCount, column: index / rowCount)
    }
  }
}

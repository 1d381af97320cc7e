import Minimization

/// ½ ‖A x − b‖² with random A and b, and its minima under constraints in closed form.
struct LeastSquares {
  let objective: Quadratic
  private let gram: DenseMatrix
  private let linear: [Double]

  /// Ten equations in four unknowns.
  init(seed: UInt64) throws {
    var probe = Probe(seed)
    let matrix = probe.matrix(10, 4)
    let transposed = matrix.transposed
    linear = transposed.times(probe.vector(10))
    gram = DenseMatrix(rows: (0..<4).map { row in transposed.times((0..<10).map { matrix[$0, row] }) })
    objective = Quadratic(matrix: gram, linear: linear)
  }

  /// The minimum in the ball ‖x‖ ≤ r and the multiplier α of ‖x‖² − r² ≤ 0.
  ///
  /// x = (AᵀA + 2α)⁻¹ Aᵀb, where α is 0 or solves the secular equation ‖x‖ = r. Golub, Van Loan: "Matrix
  /// Computations", 4th edition, section 6.2.1.
  func solution(radius: Double) throws -> (x: [Double], multiplier: Double) {
    let eigen = try symmetricEigen(gram)
    let coordinates = eigen.vectors.transposed.times(linear)
    func x(_ multiplier: Double) -> [Double] {
      eigen.vectors.times(zip(coordinates, eigen.values).map { $0 / ($1 + 2 * multiplier) })
    }
    guard length(x(0)) > radius else { return (x(0), 0) }
    var (low, high) = (0.0, 1e6)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if length(x(middle)) > radius { low = middle } else { high = middle }
    }
    return (x(low), low)
  }

  /// The minimum under ⟨a, x⟩ ≤ b and the multiplier of ⟨a, x⟩ − b: α = max(0, (aᵀG⁻¹Aᵀb − b) / aᵀG⁻¹a), G = AᵀA.
  func solution(normal: [Double], bound: Double) throws -> (x: [Double], multiplier: Double) {
    let factor = try CholeskyFactorization(gram)
    let (free, direction) = (factor.solve(linear), factor.solve(normal))
    let multiplier = max(0, (inner(normal, free) - bound) / inner(normal, direction))
    return (zip(free, direction).map { $0 - multiplier * $1 }, multiplier)
  }
}

import Mistakes
import Randomness

/// An estimate of the diagonal of the Hessian ∇²f(x) by products with random signs.
///
/// The mean over the probes v of v ⊙ ∇²f(x) v, with elements ±1 of equal probability. Its expectation is the
/// diagonal; the variance of element i is the sum of the squares off the diagonal in row i, divided by the
/// number of probes, so that a diagonal Hessian is found exactly.
///
/// Bekas, Kokiopoulou, Saad: "An estimator for the diagonal of a matrix", Applied Numerical Mathematics 57,
/// 2007, doi:10.1016/j.apnum.2007.01.003, equation 1; after Hutchinson's estimator of the trace, 1989.
///
/// - Parameters:
///   - objective: n variables.
///   - x: n elements.
///   - probeCount: ≥ 1, a product each.
///   - seed: the seed of the run.
///   - stream: another number gives other probes, 0 to 2³² − 1.
public func hessianDiagonalEstimate(
  of objective: any Objective, at x: [Double], probeCount: Int, seed: UInt64, stream: Int = 0
) throws -> [Double] {
  require(probeCount >= 1, "given \(probeCount) probes but at least 1 needed")
  var total = [Double](repeating: 0, count: x.count)
  for probe in 0..<probeCount {
    var random = Philox(seed: seed, purpose: .hessianDiagonal, stream, probe)
    let signs = x.map { _ in random.nextWord() & 1 == 0 ? 1.0 : -1 }
    let product = try objective.hessianProduct(at: x, with: signs)
    for index in total.indices { total[index] += signs[index] * product[index] }
  }
  return total.map { $0 / Double(probeCount) }
}

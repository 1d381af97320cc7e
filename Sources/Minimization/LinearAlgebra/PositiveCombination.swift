import CLAPACK
import Mistakes

/// The shortest of the combinations Σ λᵢ aᵢ of some vectors with all λᵢ ≥ 1.
///
/// By Stiemke's theorem of the alternative either there are λᵢ > 0 with Σ λᵢ aᵢ = 0, or there is a vector d with ⟨aᵢ, d⟩ ≥ 0 for
/// all i that is not 0 for all of them. The shortest combination r decides which: it is 0 in the first case, and in the
/// second d = r will do, because where the length no longer shrinks, ⟨aᵢ, r⟩ ≥ 0 for all i and Σ λᵢ ⟨aᵢ, r⟩ = ‖r‖² > 0.
/// Stiemke: "Über positive Lösungen homogener linearer Gleichungen", Mathematische Annalen 76, 1915,
/// doi:10.1007/BF01458147.
///
/// It is found by the active set method of Lawson, Hanson: "Solving Least Squares Problems", 1974, algorithm 23.10, in the
/// excess μᵢ = λᵢ − 1 ≥ 0.
struct PositiveCombination {
  /// r, q elements; nil if the iteration did not end.
  let shortest: [Double]?
  /// ‖r‖ / Σ λᵢ ‖aᵢ‖: zero but for rounding in the first case.
  let relativeLength: Double

  /// Finds the combination.
  ///
  /// - Parameters:
  ///   - vectors: aᵢ of length 1, [vectors, q].
  ///   - dimension: q ≥ 1.
  /// - Complexity: about 2 q iterations of O(vectors · q + q³)
  init(of vectors: [Double], dimension: Int) {
    let count = vectors.count / dimension
    require(
      count * dimension == vectors.count && count > 0, "\(vectors.count) elements in rows of \(dimension)")
    let base = Self.sum(vectors, dimension, (0..<count).map { ($0, 1) })
    var excess: [Int: Double] = [:]
    var residual = base
    var refused: Set<Int> = []
    for _ in 0..<(10 * dimension + 100) {
      let total = Double(count) + excess.values.reduce(0, +)
      let length = norm(residual)
      // Vectors of length one add up with errors of this size.
      guard length > Self.zero * total else {
        (shortest, relativeLength) = (residual, 0)
        return
      }
      // The vector that shortens the sum most.
      var next: (index: Int, slope: Double)?
      for index in 0..<count where excess[index] == nil && !refused.contains(index) {
        var slope = 0.0
        for place in 0..<dimension { slope += vectors[index * dimension + place] * residual[place] }
        if slope < -1e-10 * length && slope < next?.slope ?? 0 { next = (index, slope) }
      }
      guard let next else {
        (shortest, relativeLength) = (residual, length / total)
        return
      }
      excess[next.index] = 0
      guard Self.solve(&excess, newest: next.index, vectors, dimension, base) else {
        // It depends on the others but for rounding: another one must do.
        refused.insert(next.index)
        continue
      }
      refused = []
      residual = zip(
        base, Self.sum(vectors, dimension, excess.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
      )
      .map { $0 + $1 }
    }
    (shortest, relativeLength) = (nil, 0)
  }

  /// The relative length below which a combination is 0.
  private static let zero = 1e-11

  /// Σ wᵢ aᵢ.
  private static func sum(_ vectors: [Double], _ dimension: Int, _ weights: [(Int, Double)]) -> [Double] {
    var result = [Double](repeating: 0, count: dimension)
    for (index, weight) in weights {
      for place in 0..<dimension { result[place] += weight * vectors[index * dimension + place] }
    }
    return result
  }

  /// The inner loop: the best excess of the vectors that have one, of which those drop out that it would make negative.
  ///
  /// - Returns: whether the newest one has got a positive excess; if not, it has been taken out again.
  private static func solve(
    _ excess: inout [Int: Double], newest: Int, _ vectors: [Double], _ dimension: Int, _ base: [Double]
  ) -> Bool {
    var isFirst = true
    while !excess.isEmpty {
      let indices = excess.keys.sorted()
      guard let solution = leastSquares(indices, vectors, dimension, base) else {
        excess[newest] = nil
        return false
      }
      if isFirst, let place = indices.firstIndex(of: newest), solution[place] <= 0 {
        excess[newest] = nil
        return false
      }
      isFirst = false
      guard zip(indices, solution).contains(where: { $1 <= 0 }) else {
        for (index, value) in zip(indices, solution) { excess[index] = value }
        return true
      }
      // As far as the first one that becomes zero.
      var fraction = 1.0
      for (index, value) in zip(indices, solution) where value <= 0 {
        let old = excess[index] ?? 0
        fraction = min(fraction, old / (old - value))
      }
      for (index, value) in zip(indices, solution) {
        let old = excess[index] ?? 0
        let moved = old + fraction * (value - old)
        excess[index] = moved > 1e-14 * (abs(old) + abs(value)) ? moved : nil
      }
    }
    return true
  }

  /// The μ of some vectors that makes ‖base + Σ μᵢ aᵢ‖ least; nil if these depend on each other.
  ///
  /// The corresponding LAPACK routine is `dgels`.
  private static func leastSquares(
    _ indices: [Int], _ vectors: [Double], _ dimension: Int, _ base: [Double]
  ) -> [Double]? {
    guard indices.count <= dimension else { return nil }
    var matrix = indices.flatMap { vectors[$0 * dimension..<($0 + 1) * dimension] }
    var solution = base.map { -$0 }
    let (rows, columns) = (Int32(dimension), Int32(indices.count))
    let isSingular = checked(
      LAPACKE_dgels(
        LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), rows, columns, 1, &matrix, rows, &solution, rows),
      "dgels")
    guard isSingular == 0 else { return nil }
    // The factor R stands in the upper triangle.
    let pivots = indices.indices.map { abs(matrix[$0 * dimension + $0]) }
    guard let least = pivots.min(), let largest = pivots.max(), least > 1e-12 * largest else { return nil }
    return Array(solution.prefix(indices.count))
  }
}

import Mistakes
import Randomness

extension Lanczos {
  /// The method with basis vectors of one element type; see ``eigenvalues(dimension:product:)``.
  func run<Element: BinaryFloatingPoint>(
    _ element: Element.Type, dimension: Int, product: ([Double]) throws -> [Double]
  ) throws -> Result {
    require(dimension >= 1, "an operator needs at least 1 dimension, given \(dimension)")
    var basis: [[Element]] = []
    var diagonal: [Double] = []
    var offDiagonal: [Double] = []
    var vector = startVector(dimension)
    while true {
      let stored = vector.map { Element($0) }
      basis.append(stored)
      // The operator must see the vector as it is kept, rounded.
      vector = try OperatorError.checked(
        stored.map { Double($0) }, number: basis.count, product: product)
      diagonal.append(laneDot(stored, vector))
      for _ in 0..<2 {
        for other in basis { subtract(laneDot(other, vector), other, from: &vector) }
      }
      let residual = laneDot(vector, vector).squareRoot()
      let ritzValues = try Self.ritzValues(diagonal, offDiagonal, residual: residual)
      let scale = ritzValues.reduce(0) { max($0, abs($1.value)) }
      let part = Self.overlookedPart(dimension: dimension, products: basis.count)
      func ended(_ ending: Ending) -> Result {
        Result(
          ritzValues: ritzValues, ending: ending,
          overlooked: ending == .invariantSubspace ? 0 : Self.overlooked(ritzValues, part: part))
      }

      // What is left of the product is rounding where it is this small or no dimension is left.
      if basis.count == dimension || residual <= 8 * Double(Element.ulpOfOne) * scale {
        return ended(.invariantSubspace)
      }
      let bounds = [ritzValues.first, ritzValues.last].compactMap { $0?.errorBound }
      if part <= Self.mostOverlooked, bounds.allSatisfy({ $0 <= tolerance * scale }) {
        return ended(.converged)
      }
      if basis.count == stepLimit { return ended(.stepLimit) }
      offDiagonal.append(residual)
      for index in vector.indices { vector[index] /= residual }
    }
  }

  /// How far beyond the Ritz values an eigenvalue may lie, where both ends may miss by a part of the whole distance.
  private static func overlooked(_ ritzValues: [RitzValue], part: Double) -> Double {
    guard part < 0.5, let first = ritzValues.first, let last = ritzValues.last else { return .infinity }
    return part * (last.value - first.value) / (1 - 2 * part)
  }

  /// A random direction of length one: normal numbers make each direction as probable as any other.
  private func startVector(_ dimension: Int) -> [Double] {
    var random = Philox(seed: seed, purpose: .probe)
    var vector = (0..<dimension).map { _ in Double(random.normal()) }
    let length = laneDot(vector, vector).squareRoot()
    for index in vector.indices { vector[index] /= length }
    return vector
  }

  /// The eigenvalues θ of the tridiagonal matrix, with |βₖ sₖ| of the last element s of each eigenvector.
  private static func ritzValues(
    _ diagonal: [Double], _ offDiagonal: [Double], residual: Double
  ) throws(LinearAlgebraError) -> [RitzValue] {
    let eigen = try symmetricTridiagonalEigen(diagonal: diagonal, offDiagonal: offDiagonal)
    let last = diagonal.count - 1
    return eigen.values.indices.map {
      RitzValue(value: eigen.values[$0], errorBound: abs(residual * eigen.vectors[last, $0]))
    }
  }
}

/// The inner product in `Double`, in eight partial sums: element i belongs to sum i mod 8.
///
/// The order of the sums is part of the source, not of the processor.
func laneDot<Element: BinaryFloatingPoint>(_ left: [Element], _ right: [Double]) -> Double {
  require(left.count == right.count, "vectors of \(left.count) and \(right.count) elements")
  var lanes = SIMD8<Double>()
  left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in
      let whole = left.count - left.count % 8
      for start in stride(from: 0, to: whole, by: 8) {
        var (x, y) = (SIMD8<Double>(), SIMD8<Double>())
        for lane in 0..<8 {
          x[lane] = Double(left[start + lane])
          y[lane] = right[start + lane]
        }
        lanes += x * y
      }
      for index in whole..<left.count { lanes[index - whole] += Double(left[index]) * right[index] }
    }
  }
  let halves = lanes.lowHalf + lanes.highHalf
  let quarters = halves.lowHalf + halves.highHalf
  return quarters.x + quarters.y
}

/// vector ← vector − factor · direction.
private func subtract<Element: BinaryFloatingPoint>(
  _ factor: Double, _ direction: [Element], from vector: inout [Double]
) {
  vector.withUnsafeMutableBufferPointer { vector in
    direction.withUnsafeBufferPointer { direction in
      for index in vector.indices { vector[index] -= factor * Double(direction[index]) }
    }
  }
}

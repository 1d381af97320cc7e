/// The sum of the squares of floats in memory, in double precision and in one order, as fast as the memory is read.
enum SquareSum {
  private typealias Vector = SIMD8<Double>

  /// The sum over `count` floats: lane by lane of sixteen, then the lanes in turn.
  ///
  /// No square of a finite float overflows a double, and neither does any sum of them that fits into memory.
  static func of(_ values: UnsafePointer<Float>, count: Int) -> Double {
    let base = UnsafeRawPointer(values)
    var (first, second) = (Vector.zero, Vector.zero)
    @inline(__always) func squares(_ index: Int) -> Vector {
      let vector = Vector(base.loadUnaligned(fromByteOffset: 4 * index, as: SIMD8<Float>.self))
      return vector * vector
    }
    var index = 0
    while index + 16 <= count {
      first += squares(index)
      second += squares(index + 8)
      index += 16
    }
    first += second
    var sum = 0.0
    for lane in first.indices { sum += first[lane] }
    while index < count {
      sum += Double(values[index]) * Double(values[index])
      index += 1
    }
    return sum
  }
}

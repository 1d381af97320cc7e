/// Whether floats in memory are all finite, as fast as the memory is read.
enum Finiteness {
  private typealias Vector = SIMD16<UInt32>

  /// The magnitude of infinity: every number that is not finite is as large as this, or larger.
  private static let infinity: UInt32 = 0x7F80_0000

  /// Whether `count` floats are finite.
  static func holds(_ values: UnsafePointer<Float>, count: Int) -> Bool {
    let base = UnsafeRawPointer(values)
    var (first, second) = (Vector.zero, Vector.zero)
    let mask = Vector(repeating: 0x7FFF_FFFF)
    @inline(__always) func magnitudes(_ index: Int) -> Vector {
      base.loadUnaligned(fromByteOffset: 4 * index, as: Vector.self) & mask
    }
    @inline(__always) func larger(_ left: Vector, _ right: Vector) -> Vector {
      left.replacing(with: right, where: right .> left)
    }
    var index = 0
    while index + 32 <= count {
      first = larger(first, magnitudes(index))
      second = larger(second, magnitudes(index + 16))
      index += 32
    }
    var most = larger(first, second).max()
    while index < count {
      most = max(most, values[index].bitPattern & 0x7FFF_FFFF)
      index += 1
    }
    return most < infinity
  }
}

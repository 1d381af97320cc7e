import Mistakes

/// A 64-bit hash of floats in memory, as fast as the memory is read.
///
/// Words of 64 bits go to 32 lanes in turn. A lane takes a word by steps that can each be undone (an exclusive or, a
/// product with an odd number, a shift onto itself), and so does the end with a lane: memory that differs in one word
/// never has the same hash, and other memory has it by chance, once in 2⁶⁴. It is no defence against forgery.
package enum MemoryHash {
  private typealias Vector = SIMD8<UInt64>

  /// The hash of `count` floats that begin at a multiple of 64 bytes; `count` is a multiple of 16.
  ///
  /// - Complexity: O(count); about 30 GB/s on one core with AVX-512.
  package static func hash(_ values: UnsafePointer<Float>, count: Int) -> UInt64 {
    require(count % 16 == 0, "given \(count) floats but a multiple of 16 needed")
    let base = UnsafeRawPointer(values)
    let blocks = count / 16
    func block(_ index: Int) -> Vector { base.load(fromByteOffset: 64 * index, as: Vector.self) }
    // No lane begins like another, so that blocks that change places change the hash.
    var (first, second) = (Vector(0, 1, 2, 3, 4, 5, 6, 7), Vector(8, 9, 10, 11, 12, 13, 14, 15))
    var (third, fourth) = (first &+ 16, second &+ 16)
    var index = 0
    while index + 4 <= blocks {
      first = mixed(first ^ block(index))
      second = mixed(second ^ block(index + 1))
      third = mixed(third ^ block(index + 2))
      fourth = mixed(fourth ^ block(index + 3))
      index += 4
    }
    while index < blocks {
      first = mixed(first ^ block(index))
      index += 1
    }
    var result = UInt64(count)
    for vector in [first, second, third, fourth] {
      for lane in 0..<Vector.scalarCount { result = combined(result, vector[lane]) }
    }
    return result
  }

  /// The hash of `count` floats that begin at a multiple of 64 bytes, however many they are.
  static func hash(floats values: UnsafePointer<Float>, count: Int) -> UInt64 {
    let blocked = count / 16 * 16
    return (blocked..<count).reduce(hash(values, count: blocked)) {
      combined($0, UInt64(values[$1].bitPattern))
    }
  }

  /// The hash of a few numbers, which may begin anywhere.
  static func hash(doubles values: UnsafePointer<Double>, count: Int) -> UInt64 {
    (0..<count).reduce(UInt64(count)) { combined($0, values[$1].bitPattern) }
  }

  /// The hash of a sequence that had the hash `state` before `word` came.
  static func combined(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word) &* odd
    let mixed = (product ^ (product >> 32)) &* odd
    return mixed ^ (mixed >> 29)
  }

  // 2⁶⁴ divided by the golden ratio: Knuth, "The Art of Computer Programming", volume 3, section 6.4.
  private static let odd: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  private static func mixed(_ word: Vector) -> Vector {
    let product = word &* Vector(repeating: odd)
    return product ^ (product &>> Vector(repeating: 32))
  }
}

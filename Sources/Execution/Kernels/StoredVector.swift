/// The channels of a block at one pixel as they are kept in memory; kernels compute with ``Lanes``.
protocol StoredVector {
  associatedtype Vector: Lanes
  /// The nearest numbers, of two equally near ones the even.
  init(rounding vector: Vector)
  var vector: Vector { get }
}

extension SIMD8<Float>: StoredVector {
  @inline(__always)
  init(rounding vector: Self) { self = vector }
  @inline(__always)
  var vector: Self { self }
}

extension SIMD16<Float>: StoredVector {
  @inline(__always)
  init(rounding vector: Self) { self = vector }
  @inline(__always)
  var vector: Self { self }
}

/// Sixteen numbers of the kind ``BFloat16``.
///
/// Lane for lane in one expression a conversion becomes one instruction; the standard library's own are loops, and calls.
struct BFloat16Vector: StoredVector {
  let bits: SIMD16<UInt16>

  @inline(__always)
  init(rounding vector: SIMD16<Float>) {
    let bits = unsafeBitCast(vector, to: SIMD16<UInt32>.self)
    let h = unsafeBitCast(bits &+ 0x7fff &+ ((bits &>> 16) & 1), to: SIMD32<UInt16>.self)
    self.bits = SIMD16(
      h[1], h[3], h[5], h[7], h[9], h[11], h[13], h[15], h[17], h[19], h[21], h[23], h[25], h[27], h[29],
      h[31]
    )
  }

  @inline(__always)
  var vector: SIMD16<Float> {
    let b = bits
    let wide = SIMD16(
      UInt32(b[0]), UInt32(b[1]), UInt32(b[2]), UInt32(b[3]), UInt32(b[4]), UInt32(b[5]), UInt32(b[6]),
      UInt32(b[7]), UInt32(b[8]), UInt32(b[9]), UInt32(b[10]), UInt32(b[11]), UInt32(b[12]), UInt32(b[13]),
      UInt32(b[14]), UInt32(b[15]))
    return unsafeBitCast(wide &<< 16, to: SIMD16<Float>.self)
  }
}

/// Memory that reads and writes as vectors, whatever it holds.
struct VectorMemory<Stored: StoredVector> {
  private let base: UnsafeMutablePointer<Stored>

  @inline(__always)
  init(_ base: UnsafeMutableRawPointer) {
    self.base = base.assumingMemoryBound(to: Stored.self)
  }

  @inline(__always)
  subscript(index: Int) -> Stored.Vector {
    get { base[index].vector }
    nonmutating set { base[index] = Stored(rounding: newValue) }
  }

  @inline(__always)
  static func + (memory: Self, count: Int) -> Self { Self(memory.base + count) }
}

extension UnsafeMutableRawPointer {
  /// The same memory as vectors; it must begin at a multiple of their size.
  @inline(__always)
  func vectors<Stored: StoredVector>(_: Stored.Type) -> VectorMemory<Stored> { VectorMemory(self) }
}

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
/// The halves of a register of 32 numbers make a single instruction of each direction; the standard library's
/// conversions of integers work lane by lane.
struct BFloat16Vector: StoredVector {
  let bits: SIMD16<UInt16>

  @inline(__always)
  init(rounding vector: SIMD16<Float>) {
    let bits = unsafeBitCast(vector, to: SIMD16<UInt32>.self)
    let rounded = bits &+ 0x7fff &+ ((bits &>> 16) & 1)
    self.bits = unsafeBitCast(rounded, to: SIMD32<UInt16>.self).oddHalf
  }

  @inline(__always)
  var vector: SIMD16<Float> {
    var halves = SIMD32<UInt16>()
    halves.oddHalf = bits
    return unsafeBitCast(halves, to: SIMD16<Float>.self)
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

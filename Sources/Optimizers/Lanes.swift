/// Neighbouring elements that are computed side by side.
typealias Lanes = SIMD16<Float>

/// A block of elements: as many as a vector has lanes, or the last ones, which stand in the first lanes then.
struct ElementBlock {
  let start: Int
  let count: Int

  /// Calls `body` for the blocks of `count` elements, in turn; only the last may be smaller than a vector.
  ///
  /// An element's result must depend on that element only. Padding lanes of the last block are zeros when read, and
  /// are dropped when written.
  @inline(__always)
  static func forEach(count: Int, _ body: (ElementBlock) -> Void) {
    let whole = count - count % Lanes.scalarCount
    for start in stride(from: 0, to: whole, by: Lanes.scalarCount) {
      body(ElementBlock(start: start, count: Lanes.scalarCount))
    }
    if whole < count { body(ElementBlock(start: whole, count: count - whole)) }
  }

  /// The block's elements of `buffer`, which may lie at any address.
  @inline(__always)
  func load(_ buffer: UnsafeBufferPointer<Float>) -> Lanes {
    if count == Lanes.scalarCount {
      return UnsafeRawBufferPointer(buffer)
        .loadUnaligned(fromByteOffset: start * MemoryLayout<Float>.stride, as: Lanes.self)
    }
    var lanes = Lanes()
    for lane in 0..<count { lanes[lane] = buffer[start + lane] }
    return lanes
  }

  /// The block's elements of `buffer`, which may lie at any address.
  @inline(__always)
  func load(_ buffer: UnsafeMutableBufferPointer<Float>) -> Lanes {
    load(UnsafeBufferPointer(buffer))
  }

  /// Writes the block's elements to `buffer`.
  @inline(__always)
  func store(_ lanes: Lanes, to buffer: UnsafeMutableBufferPointer<Float>) {
    if count == Lanes.scalarCount {
      UnsafeMutableRawBufferPointer(buffer)
        .storeBytes(of: lanes, toByteOffset: start * MemoryLayout<Float>.stride, as: Lanes.self)
    } else {
      for lane in 0..<count { buffer[start + lane] = lanes[lane] }
    }
  }
}

/// A convolution's filters, transformed once a step: u = G g Gᵀ.
///
/// Legend: i input channel, o output channel, e element of a transformed filter, of t². Filters are stored as
/// [⌈o/16⌉, ⌈i/16⌉, 3, 3, 16 i, 16 o] and transformed to [e, ⌈o/16⌉, i, 16 o].
struct WinogradFilters: Hashable {
  typealias Vector = SIMD16<Float>

  var outputBlocks: Int
  var inputBlocks: Int
  /// The side of a tile of results.
  var resultSize: Int
  /// Whether the filters are those of the gradient of the input: turned by 180°, input and output exchanged.
  var isTurned: Bool

  /// The elements of a transformed filter, t².
  private var elements: Int { (resultSize + 2) * (resultSize + 2) }

  /// The vectors from one element of all filters to the next.
  var elementStride: Int { outputBlocks * inputBlocks * 16 + 1 }

  /// The bytes of the transformed filters.
  var byteCount: Int { elements * elementStride * 64 }

  /// Transforms stored filters.
  func transform(_ weights: UnsafePointer<Float>, into u: UnsafeMutablePointer<Float>) {
    let stored = UnsafeRawPointer(weights).assumingMemoryBound(to: Vector.self)
    if resultSize == 4 {
      transform(stored, into: u.vectors(Vector.self), WinogradFour.self)
    } else {
      transform(stored, into: u.vectors(Vector.self), WinogradThree.self)
    }
  }

  @inline(__always)
  private func transform<Transform: WinogradTransform>(
    _ stored: UnsafePointer<Vector>, into u: UnsafeMutablePointer<Vector>, _: Transform.Type
  ) {
    let size = Transform.size
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 9 * 16 + 3 * 6) { memory in
      guard let turned = memory.baseAddress else { return }
      let half = turned + 9 * 16
      for o in 0..<outputBlocks {
        for i in 0..<inputBlocks {
          let block = stored + (o * inputBlocks + i) * 9 * 16
          if isTurned { Self.turn(block, into: turned) }
          let source = isTurned ? UnsafePointer(turned) : block
          // What the gradient of the input sums over are the output channels.
          var target = u + (isTurned ? i * outputBlocks + o : o * inputBlocks + i) * 16
          for channel in 0..<16 {
            for c in 0..<3 { Transform.filter(source + channel + c * 16, 3 * 16, half + c, 3) }
            for r in 0..<size {
              Transform.filter(half + r * 3, 1, target + r * size * elementStride, elementStride)
            }
            target += 1
          }
        }
      }
    }
  }

  /// One block [3, 3, 16 i, 16 o] turned by 180° to [3, 3, 16 o, 16 i].
  private static func turn(_ block: UnsafePointer<Vector>, into turned: UnsafeMutablePointer<Vector>) {
    let from = UnsafeRawPointer(block).assumingMemoryBound(to: Float.self)
    let to = UnsafeMutableRawPointer(turned).assumingMemoryBound(to: Float.self)
    for tap in 0..<9 {
      let (source, target) = (from + tap * 256, to + (8 - tap) * 256)
      for i in 0..<16 {
        for o in 0..<16 { target[o * 16 + i] = source[i * 16 + o] }
      }
    }
  }
}

/// A convolution's filters as the products read them: u = G g Gᵀ.
///
/// Legend: i channel that is summed over, o channel of the result, e element of a transformed filter, of t². Filters
/// are stored as [⌈o/16⌉, ⌈i/16⌉, 3, 3, 16 i, 16 o] and transformed for one or two blocks of result channels at a
/// time, to [e, i, 16 or 32 o]. For the gradient of the input they are turned by 180°, i and o exchanged.
struct WinogradFilters {
  typealias Vector = SIMD16<Float>

  /// The blocks of channels that are summed over.
  let sums: Int
  /// The blocks of channels of the result.
  let results: Int
  let isTurned: Bool
  /// The side of a tile of results.
  let resultSize: Int

  private var elements: Int { (resultSize + 2) * (resultSize + 2) }

  /// The blocks of channels that are transformed and summed over at once, so that they stay in the cache.
  var sumsAtOnce: Int {
    let most = max(1, (384 << 10) / (64 * elements * 2 * 16))
    let parts = (sums + most - 1) / most
    return (sums + parts - 1) / parts
  }

  /// The vectors from one element to the next of two result blocks; one more than needed, for the cache's sake.
  var elementStride: Int { sumsAtOnce * 2 * 16 + 1 }

  /// The vectors of one part of the sums for two result blocks.
  var partStride: Int { elements * elementStride }

  /// The parts that all filters make.
  var partCount: Int { (results + 1) / 2 * ((sums + sumsAtOnce - 1) / sumsAtOnce) }

  /// Transforms the filters of `width` result blocks from `first` on, those of some of the summed blocks.
  @inline(__always)
  func transform<Transform: WinogradTransform>(
    _ weights: UnsafePointer<Vector>, _ first: Int, width: Int, summed: Range<Int>,
    into u: UnsafeMutablePointer<Vector>, work: UnsafeMutablePointer<Vector>, _: Transform.Type
  ) {
    let (size, stride) = (Transform.size, elementStride)
    let (block, half) = (work, work + 10 * 16)
    for o in 0..<width {
      for i in summed {
        let stored = weights + 9 * 16 * (isTurned ? i * results + first + o : (first + o) * sums + i)
        if isTurned {
          Self.turn(stored, into: block, work + 9 * 16)
        } else {
          // From front to back, as memory is read the fastest; the transform needs all taps of a channel at once.
          block.update(from: stored, count: 9 * 16)
        }
        var target = u + (i - summed.lowerBound) * 16 * width + o
        for channel in 0..<16 {
          for c in 0..<3 { Transform.filter(block + channel + c * 16, 3 * 16, half + c, 3) }
          for r in 0..<size { Transform.filter(half + r * 3, 1, target + r * size * stride, stride) }
          target += width
        }
      }
    }
  }

  /// The vectors of working memory that ``transform`` needs.
  static let workCount = 10 * 16 + 3 * 6

  /// One block [3, 3, 16 i, 16 o] turned by 180° to [3, 3, 16 o, 16 i].
  private static func turn(
    _ block: UnsafePointer<Vector>, into turned: UnsafeMutablePointer<Vector>,
    _ scratch: UnsafeMutablePointer<Vector>
  ) {
    for tap in 0..<9 {
      let target = turned + (8 - tap) * 16
      // Four perfect shuffles of 256 numbers exchange rows and columns.
      shuffle(block + tap * 16, into: scratch)
      shuffle(scratch, into: target)
      shuffle(target, into: scratch)
      shuffle(scratch, into: target)
    }
  }

  /// The first and the second half of 256 numbers, one by one in turn.
  @inline(__always)
  private static func shuffle(_ from: UnsafePointer<Vector>, into to: UnsafeMutablePointer<Vector>) {
    for row in 0..<8 {
      let (first, second) = (from[row], from[row + 8])
      var (low, high) = (Vector(), Vector())
      low.evenHalf = first.lowHalf
      low.oddHalf = second.lowHalf
      high.evenHalf = first.highHalf
      high.oddHalf = second.highHalf
      to[2 * row] = low
      to[2 * row + 1] = high
    }
  }
}

/// The products in a transformed domain: what nearly all time of a Winograd convolution goes into.
///
/// Legend: i input channel, o output channel, k tile. Vectors hold the 16 channels of a block. The sums stay in
/// registers, as many as cover the latency of a fused multiplication and addition.
enum WinogradProducts {
  typealias Vector = SIMD16<Float>

  /// m[o][k] = Σᵢ v[i][k] · u[i][o] for one element of all tiles and one or two blocks of result channels.
  ///
  /// - Parameters:
  ///   - v: transformed inputs [⌈i/16⌉, k, 16].
  ///   - u: transformed filters [i, 16 or 32].
  ///   - m: the products [1 or 2, k, 16].
  ///   - tiles: the number of tiles, a multiple of four.
  ///   - room: the tiles from one block of channels to the next, in `v` and `m`.
  ///   - width: the blocks of result channels; two share the loads of `v`.
  ///   - adds: whether the products are added to what `m` holds.
  static func multiply(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, into m: UnsafeMutablePointer<Vector>, tiles: Int,
    room: Int, sums: Int, width: Int, adds: Bool
  ) {
    var k = 0
    while k < tiles {
      let (x, y) = (v + k * 16, m + k)
      switch tiles - k {
      case 12...:
        multiply(x, u, y, room, sums, width, adds, TwelvePixels.self)
        k += TwelvePixels.count
      case 8...:
        multiply(x, u, y, room, sums, width, adds, EightPixels.self)
        k += EightPixels.count
      default:
        multiply(x, u, y, room, sums, width, adds, FourPixels.self)
        k += FourPixels.count
      }
    }
  }

  @inline(__always)
  private static func multiply<Sums: PixelSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ room: Int,
    _ sums: Int, _ width: Int, _ adds: Bool, _: Sums.Type
  ) {
    if width == 2 {
      multiplyPair(v, u, m, room, sums, adds, Sums.self)
    } else {
      multiplySingle(v, u, m, room, sums, adds, Sums.self)
    }
  }

  @inline(never)
  private static func multiplyPair<Sums: PixelSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ room: Int,
    _ blocks: Int, _ adds: Bool, _: Sums.Type
  ) {
    var (first, second) =
      adds
      ? (Sums(m), Sums(m + room)) : (Sums(repeating: Vector()), Sums(repeating: Vector()))
    var (x, filters) = (v, u)
    for _ in 0..<blocks {
      for i in 0..<16 {
        first.add(x + i, filters[2 * i])
        second.add(x + i, filters[2 * i + 1])
      }
      x += room * 16
      filters += 32
    }
    first.store(m)
    second.store(m + room)
  }

  @inline(never)
  private static func multiplySingle<Sums: PixelSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ room: Int,
    _ blocks: Int, _ adds: Bool, _: Sums.Type
  ) {
    var sums = adds ? Sums(m) : Sums(repeating: Vector())
    var (x, filters) = (v, u)
    for _ in 0..<blocks {
      for i in 0..<16 { sums.add(x + i, filters[i]) }
      x += room * 16
      filters += 16
    }
    sums.store(m)
  }

  /// d[i][o] = Σₖ v[k][i] · z[k][o] for one element of all tiles and one block of input and of output channels.
  @inline(never)
  static func accumulate(
    _ v: UnsafePointer<Float>, _ z: UnsafePointer<Vector>, into d: UnsafeMutablePointer<Vector>, tiles: Int
  ) {
    typealias Sums = ChannelSums<Vector>
    var (a, b, c, e) = (Sums(), Sums(), Sums(), Sums())
    var x = v
    for k in 0..<tiles {
      let y = z[k]
      a.add(x, y)
      b.add(x + 4, y)
      c.add(x + 8, y)
      e.add(x + 12, y)
      x += 16
    }
    a.store(d)
    b.store(d + 4)
    c.store(d + 8)
    e.store(d + 12)
  }
}

/// The products in a transformed domain: what nearly all time of a Winograd convolution goes into.
///
/// Legend: i input channel, o output channel, k tile. Vectors hold the 16 channels of a block. The sums stay in
/// registers, as many as cover the latency of a fused multiplication and addition.
enum WinogradProducts {
  typealias Vector = SIMD16<Float>

  /// m[o][k] = Σᵢ v[i][k] · u[o][i] for one element of all tiles.
  ///
  /// - Parameters:
  ///   - v: transformed inputs [⌈i/16⌉, k, 16].
  ///   - u: transformed filters [⌈o/16⌉, i, 16].
  ///   - m: the products [⌈o/16⌉, k, 16].
  ///   - tiles: the number of tiles, a multiple of four.
  static func multiply(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, into m: UnsafeMutablePointer<Vector>, tiles: Int,
    inputBlocks: Int, outputBlocks: Int
  ) {
    var o = 0
    while o < outputBlocks {
      let (first, target) = (u + o * inputBlocks * 16, m + o * tiles)
      // Two blocks of output channels share the loads of v; a last odd one has none to share them with.
      let pairs = o + 1 < outputBlocks
      var k = 0
      while k < tiles {
        let (x, y) = (v + k * 16, target + k)
        switch tiles - k {
        case 12...:
          multiply(x, first, y, tiles, inputBlocks, pairs: pairs, Twelve.self)
          k += Twelve.count
        case 8...:
          multiply(x, first, y, tiles, inputBlocks, pairs: pairs, Eight.self)
          k += Eight.count
        default:
          multiply(x, first, y, tiles, inputBlocks, pairs: pairs, Four.self)
          k += Four.count
        }
      }
      o += pairs ? 2 : 1
    }
  }

  @inline(__always)
  private static func multiply<Sums: TileSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ tiles: Int,
    _ inputBlocks: Int, pairs: Bool, _: Sums.Type
  ) {
    if pairs {
      multiplyPair(v, u, m, tiles, inputBlocks, Sums.self)
    } else {
      multiplySingle(v, u, m, tiles, inputBlocks, Sums.self)
    }
  }

  @inline(never)
  private static func multiplyPair<Sums: TileSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ tiles: Int,
    _ inputBlocks: Int, _: Sums.Type
  ) {
    var (first, second) = (Sums(), Sums())
    var (x, left, right) = (v, u, u + inputBlocks * 16)
    for _ in 0..<inputBlocks {
      for i in 0..<16 {
        first.add(x + i, left[i])
        second.add(x + i, right[i])
      }
      x += tiles * 16
      left += 16
      right += 16
    }
    first.store(m)
    second.store(m + tiles)
  }

  @inline(never)
  private static func multiplySingle<Sums: TileSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ tiles: Int,
    _ inputBlocks: Int, _: Sums.Type
  ) {
    var sums = Sums()
    var (x, left) = (v, u)
    for _ in 0..<inputBlocks {
      for i in 0..<16 { sums.add(x + i, left[i]) }
      x += tiles * 16
      left += 16
    }
    sums.store(m)
  }

  /// d[i][o] = Σₖ v[k][i] · z[k][o] for one element of all tiles and one block of input and of output channels.
  @inline(never)
  static func accumulate(
    _ v: UnsafePointer<Float>, _ z: UnsafePointer<Vector>, into d: UnsafeMutablePointer<Vector>, tiles: Int
  ) {
    var (a, b, c, e) = (Neighbours(), Neighbours(), Neighbours(), Neighbours())
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

  /// The sums of four neighbouring input channels.
  private struct Neighbours {
    var (a, b, c, d) = (Vector(), Vector(), Vector(), Vector())

    @inline(__always)
    mutating func add(_ x: UnsafePointer<Float>, _ y: Vector) {
      a = a.adding(x[0], times: y)
      b = b.adding(x[1], times: y)
      c = c.adding(x[2], times: y)
      d = d.adding(x[3], times: y)
    }

    @inline(__always)
    func store(_ target: UnsafeMutablePointer<Vector>) {
      target[0] = a
      target[1] = b
      target[2] = c
      target[3] = d
    }
  }
}

/// The sums of some neighbouring tiles, each in a register.
private protocol TileSums {
  init()
  /// The number of tiles.
  static var count: Int { get }
  /// Adds the products of one input channel, at `x` and every 16 numbers further, with a block of filters.
  mutating func add(_ x: UnsafePointer<Float>, _ filters: SIMD16<Float>)
  func store(_ target: UnsafeMutablePointer<SIMD16<Float>>)
}

private struct Four: TileSums {
  var (a, b, c, d) = (SIMD16<Float>(), SIMD16<Float>(), SIMD16<Float>(), SIMD16<Float>())

  static var count: Int { 4 }

  @inline(__always)
  mutating func add(_ x: UnsafePointer<Float>, _ filters: SIMD16<Float>) {
    a = a.adding(x[0], times: filters)
    b = b.adding(x[16], times: filters)
    c = c.adding(x[32], times: filters)
    d = d.adding(x[48], times: filters)
  }

  @inline(__always)
  func store(_ target: UnsafeMutablePointer<SIMD16<Float>>) {
    target[0] = a
    target[1] = b
    target[2] = c
    target[3] = d
  }
}

private struct Eight: TileSums {
  var (first, second) = (Four(), Four())

  static var count: Int { 8 }

  @inline(__always)
  mutating func add(_ x: UnsafePointer<Float>, _ filters: SIMD16<Float>) {
    first.add(x, filters)
    second.add(x + 64, filters)
  }

  @inline(__always)
  func store(_ target: UnsafeMutablePointer<SIMD16<Float>>) {
    first.store(target)
    second.store(target + 4)
  }
}

private struct Twelve: TileSums {
  var (first, second, third) = (Four(), Four(), Four())

  static var count: Int { 12 }

  @inline(__always)
  mutating func add(_ x: UnsafePointer<Float>, _ filters: SIMD16<Float>) {
    first.add(x, filters)
    second.add(x + 64, filters)
    third.add(x + 128, filters)
  }

  @inline(__always)
  func store(_ target: UnsafeMutablePointer<SIMD16<Float>>) {
    first.store(target)
    second.store(target + 4)
    third.store(target + 8)
  }
}

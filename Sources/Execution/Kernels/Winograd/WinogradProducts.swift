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
        multiply(x, u, y, room, sums, width, adds, Twelve.self)
        k += Twelve.count
      case 8...:
        multiply(x, u, y, room, sums, width, adds, Eight.self)
        k += Eight.count
      default:
        multiply(x, u, y, room, sums, width, adds, Four.self)
        k += Four.count
      }
    }
  }

  @inline(__always)
  private static func multiply<Sums: TileSums>(
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
  private static func multiplyPair<Sums: TileSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ room: Int,
    _ blocks: Int, _ adds: Bool, _: Sums.Type
  ) {
    var (first, second) = adds ? (Sums(m), Sums(m + room)) : (Sums(), Sums())
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
  private static func multiplySingle<Sums: TileSums>(
    _ v: UnsafePointer<Float>, _ u: UnsafePointer<Vector>, _ m: UnsafeMutablePointer<Vector>, _ room: Int,
    _ blocks: Int, _ adds: Bool, _: Sums.Type
  ) {
    var sums = adds ? Sums(m) : Sums()
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
  init(_ source: UnsafePointer<SIMD16<Float>>)
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
  init() {}

  @inline(__always)
  init(_ source: UnsafePointer<SIMD16<Float>>) {
    (a, b, c, d) = (source[0], source[1], source[2], source[3])
  }

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
  init() {}

  @inline(__always)
  init(_ source: UnsafePointer<SIMD16<Float>>) {
    (first, second) = (Four(source), Four(source + 4))
  }

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
  init() {}

  @inline(__always)
  init(_ source: UnsafePointer<SIMD16<Float>>) {
    (first, second, third) = (Four(source), Four(source + 4), Four(source + 8))
  }

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

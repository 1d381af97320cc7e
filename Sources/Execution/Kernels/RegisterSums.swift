// Sums that stay in registers, for the products of our own convolutions.

/// The sums of some neighbouring pixels or tiles over their input channels, each a block of output channels in a
/// register: as many as cover the latency of a fused multiplication and addition.
protocol PixelSums {
  init(repeating value: SIMD16<Float>)
  init(_ source: UnsafePointer<SIMD16<Float>>)
  /// The number of pixels.
  static var count: Int { get }
  /// Adds the products of one input channel, at `x` and every 16 numbers further, with a block of filters.
  mutating func add(_ x: UnsafePointer<Float>, _ filters: SIMD16<Float>)
  func store(_ target: UnsafeMutablePointer<SIMD16<Float>>)
}

struct FourPixels: PixelSums {
  var (a, b, c, d): (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>)

  static var count: Int { 4 }

  @inline(__always)
  init(repeating value: SIMD16<Float>) {
    (a, b, c, d) = (value, value, value, value)
  }

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

struct EightPixels: PixelSums {
  var (first, second): (FourPixels, FourPixels)

  static var count: Int { 8 }

  @inline(__always)
  init(repeating value: SIMD16<Float>) {
    (first, second) = (FourPixels(repeating: value), FourPixels(repeating: value))
  }

  @inline(__always)
  init(_ source: UnsafePointer<SIMD16<Float>>) {
    (first, second) = (FourPixels(source), FourPixels(source + 4))
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

struct TwelvePixels: PixelSums {
  var (first, second, third): (FourPixels, FourPixels, FourPixels)

  static var count: Int { 12 }

  @inline(__always)
  init(repeating value: SIMD16<Float>) {
    let four = FourPixels(repeating: value)
    (first, second, third) = (four, four, four)
  }

  @inline(__always)
  init(_ source: UnsafePointer<SIMD16<Float>>) {
    (first, second, third) = (FourPixels(source), FourPixels(source + 4), FourPixels(source + 8))
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

/// The sums of four neighbouring input channels over the pixels or tiles, each a block of output channels.
struct ChannelSums<Vector: Lanes> {
  var (a, b, c, d) = (Vector(), Vector(), Vector(), Vector())

  /// The number of channels.
  static var count: Int { 4 }

  init() {}

  @inline(__always)
  init(_ source: UnsafePointer<Vector>) {
    (a, b, c, d) = (source[0], source[1], source[2], source[3])
  }

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

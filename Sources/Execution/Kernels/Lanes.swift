/// A vector of the channels that lie side by side in the blocked layout.
///
/// Comparisons and fused operations are requirements because the standard library's generic ones work lane by lane;
/// only those of a concrete type are single instructions.
protocol Lanes: SIMD where Scalar == Float, MaskStorage: FixedWidthIntegerLanes {
  /// The lanes kept between −87 and 87, where e^x is a normal number.
  var clampedExponent: Self { get }
  /// The lanes, 0 where they are negative.
  var positivePart: Self { get }
  /// self + x · y, rounded once.
  func adding(_ x: Float, times y: Self) -> Self
  /// self · x + y, rounded once.
  func times(_ x: Self, plus y: Float) -> Self
  /// The lanes, 0 where those of `other` are not positive.
  func wherePositive(_ other: Self) -> Self
  /// The lanes, 0 where those of a and b differ.
  func whereEqual(_ a: Self, _ b: Self) -> Self
  /// The larger lanes of both.
  func maximum(_ other: Self) -> Self
  /// −1 where the lanes are negative, 1 elsewhere.
  var signs: Self { get }
}

/// The integers that share a register with the lanes.
protocol FixedWidthIntegerLanes: SIMD where Scalar == Int32 {}

extension SIMD8<Float>: Lanes {
  @inline(__always)
  var clampedExponent: Self {
    let low = replacing(with: Self(repeating: -87), where: self .< Self(repeating: -87))
    return low.replacing(with: Self(repeating: 87), where: low .> Self(repeating: 87))
  }
  @inline(__always)
  var positivePart: Self { replacing(with: Self(), where: self .< Self()) }
  @inline(__always)
  func adding(_ x: Float, times y: Self) -> Self { addingProduct(Self(repeating: x), y) }
  @inline(__always)
  func times(_ x: Self, plus y: Float) -> Self { Self(repeating: y).addingProduct(self, x) }
  @inline(__always)
  func wherePositive(_ other: Self) -> Self { replacing(with: Self(), where: other .<= Self()) }
  @inline(__always)
  func whereEqual(_ a: Self, _ b: Self) -> Self { replacing(with: Self(), where: a .!= b) }
  @inline(__always)
  func maximum(_ other: Self) -> Self { replacing(with: other, where: self .< other) }
  @inline(__always)
  var signs: Self { Self(repeating: 1).replacing(with: -1, where: self .< Self()) }
}

extension SIMD16<Float>: Lanes {
  @inline(__always)
  var clampedExponent: Self {
    let low = replacing(with: Self(repeating: -87), where: self .< Self(repeating: -87))
    return low.replacing(with: Self(repeating: 87), where: low .> Self(repeating: 87))
  }
  @inline(__always)
  var positivePart: Self { replacing(with: Self(), where: self .< Self()) }
  @inline(__always)
  func adding(_ x: Float, times y: Self) -> Self { addingProduct(Self(repeating: x), y) }
  @inline(__always)
  func times(_ x: Self, plus y: Float) -> Self { Self(repeating: y).addingProduct(self, x) }
  @inline(__always)
  func wherePositive(_ other: Self) -> Self { replacing(with: Self(), where: other .<= Self()) }
  @inline(__always)
  func whereEqual(_ a: Self, _ b: Self) -> Self { replacing(with: Self(), where: a .!= b) }
  @inline(__always)
  func maximum(_ other: Self) -> Self { replacing(with: other, where: self .< other) }
  @inline(__always)
  var signs: Self { Self(repeating: 1).replacing(with: -1, where: self .< Self()) }
}

extension SIMD8<Int32>: FixedWidthIntegerLanes {}
extension SIMD16<Int32>: FixedWidthIntegerLanes {}

extension Lanes {
  /// 1 in the first `count` lanes, 0 in the others.
  @inline(__always)
  static func mask(first count: Int) -> Self {
    var mask = Self()
    for lane in 0..<scalarCount where lane < count { mask[lane] = 1 }
    return mask
  }

  /// eˣ with a relative error below 2 · 10⁻⁷; arguments are clamped to ±87.
  ///
  /// x = n ln 2 + r with |r| ≤ ½ ln 2; e^r by its Taylor polynomial of degree 7, 2ⁿ by the exponent bits.
  @inline(__always)
  static func exp(_ x: Self) -> Self {
    let x = x.clampedExponent
    // Adding 1.5 · 2²³ rounds to an integer, which then stands in the low bits.
    let magic = Float(12_582_912)
    let shifted = x.times(Self(repeating: 1.442_695_04), plus: magic)
    let n = shifted - magic
    let r = x.adding(-0.693_359_375, times: n).adding(2.121_944_4e-4, times: n)
    var polynomial = Self(repeating: 1 / 5040)
    polynomial = polynomial.times(r, plus: 1 / 720)
    polynomial = polynomial.times(r, plus: 1 / 120)
    polynomial = polynomial.times(r, plus: 1 / 24)
    polynomial = polynomial.times(r, plus: 1 / 6)
    polynomial = polynomial.times(r, plus: 1 / 2)
    polynomial = polynomial.times(r, plus: 1)
    polynomial = polynomial.times(r, plus: 1)
    let exponent = unsafeBitCast(shifted, to: MaskStorage.self) &<< 23
    return unsafeBitCast(unsafeBitCast(polynomial, to: MaskStorage.self) &+ exponent, to: Self.self)
  }

  /// 1 / (1 + e⁻ˣ).
  @inline(__always)
  static func sigmoid(_ x: Self) -> Self {
    Self(repeating: 1) / (exp(Self() - x) + 1)
  }
}

extension UnsafeMutablePointer<Float> {
  /// The same memory as vectors; it must begin at a multiple of their size.
  @inline(__always)
  func vectors<Vector: Lanes>(_: Vector.Type) -> UnsafeMutablePointer<Vector> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: Vector.self)
  }
}

/// The one-dimensional transforms of Winograd's minimal filtering F(m, 3): m results of a filter of three taps out of
/// t = m + 2 products instead of 3m.
///
/// A transform in two dimensions is the one-dimensional one along columns, then along rows. With Bᵀ, G and Aᵀ of
/// Lavin, Gray: "Fast Algorithms for Convolutional Neural Networks", 2015, arXiv:1509.09308, equation 8:
/// y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A, and the gradient of the filter is dg = Gᵀ [(Bᵀ d B) ⊙ (A dy Aᵀ)] G.
///
/// All functions read elements at `from` with a distance of `stride` and write at `to` with a distance of `step`.
protocol WinogradTransform {
  typealias Vector = SIMD16<Float>
  typealias Source = UnsafePointer<Vector>
  typealias Target = UnsafeMutablePointer<Vector>

  /// The side of a tile of results, m.
  static var resultSize: Int { get }

  /// Bᵀ: t elements of the input to t.
  static func input(_ from: Source, _ stride: Int, _ to: Target, _ step: Int)
  /// Aᵀ: t products to m results.
  static func result(_ from: Source, _ stride: Int, _ to: Target, _ step: Int)
  /// A: the gradients of m results to t.
  static func resultGradient(_ from: Source, _ stride: Int, _ to: Target, _ step: Int)
  /// G: three taps of a filter to t.
  static func filter(_ from: Source, _ stride: Int, _ to: Target, _ step: Int)
  /// Gᵀ: t sums of products to the gradients of three taps.
  static func filterGradient(_ from: Source, _ stride: Int, _ to: Target, _ step: Int)
}

extension WinogradTransform {
  /// The side of a tile of inputs, t.
  @inline(__always)
  static var size: Int { resultSize + 2 }
}

/// F(4, 3), by the points 0, 1, −1, 2, −2 and ∞: the fewest products where a map is a good deal larger than a tile.
enum WinogradFour: WinogradTransform {
  @inline(__always)
  static var resultSize: Int { 4 }

  @inline(__always)
  static func input(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (d0, d1, d2) = (from[0], from[stride], from[2 * stride])
    let (d3, d4, d5) = (from[3 * stride], from[4 * stride], from[5 * stride])
    let (even, odd) = (d4.adding(-4, times: d2), d3.adding(-4, times: d1))
    let (difference, slope) = (d4 - d2, d3 - d1)
    to[0] = d4.adding(4, times: d0).adding(-5, times: d2)
    to[step] = even + odd
    to[2 * step] = even - odd
    to[3 * step] = difference.adding(2, times: slope)
    to[4 * step] = difference.adding(-2, times: slope)
    to[5 * step] = d5.adding(4, times: d1).adding(-5, times: d3)
  }

  @inline(__always)
  static func result(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (m1, m2, m3, m4) = (from[stride], from[2 * stride], from[3 * stride], from[4 * stride])
    let (sum, difference) = (m1 + m2, m1 - m2)
    let (outerSum, outerDifference) = (m3 + m4, m3 - m4)
    to[0] = from[0] + sum + outerSum
    to[step] = difference.adding(2, times: outerDifference)
    to[2 * step] = sum.adding(4, times: outerSum)
    to[3 * step] = (difference + from[5 * stride]).adding(8, times: outerDifference)
  }

  @inline(__always)
  static func resultGradient(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (y0, y1, y2, y3) = (from[0], from[stride], from[2 * stride], from[3 * stride])
    let (even, odd) = (y0 + y2, y1 + y3)
    let (outerEven, outerOdd) = (y0.adding(4, times: y2), y1.adding(4, times: y3))
    to[0] = y0
    to[step] = even + odd
    to[2 * step] = even - odd
    to[3 * step] = outerEven.adding(2, times: outerOdd)
    to[4 * step] = outerEven.adding(-2, times: outerOdd)
    to[5 * step] = y3
  }

  @inline(__always)
  static func filter(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (g0, g1, g2) = (from[0], from[stride], from[2 * stride])
    let even = g0 + g2
    let outerEven = g0.adding(4, times: g2)
    to[0] = g0 * (1 / 4)
    to[step] = (even + g1) * (-1 / 6)
    to[2 * step] = (even - g1) * (-1 / 6)
    to[3 * step] = outerEven.adding(2, times: g1) * (1 / 24)
    to[4 * step] = outerEven.adding(-2, times: g1) * (1 / 24)
    to[5 * step] = g2
  }

  @inline(__always)
  static func filterGradient(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (u1, u2, u3, u4) = (from[stride], from[2 * stride], from[3 * stride], from[4 * stride])
    let (sum, difference) = ((u1 + u2) * (-1 / 6), (u2 - u1) * (1 / 6))
    let (outerSum, outerDifference) = (u3 + u4, u3 - u4)
    to[0] = sum.adding(1 / 4, times: from[0]).adding(1 / 24, times: outerSum)
    to[step] = difference.adding(1 / 12, times: outerDifference)
    to[2 * step] = (sum + from[5 * stride]).adding(1 / 6, times: outerSum)
  }
}

/// F(3, 3), by the points 0, 1, −1, 2 and ∞: for maps whose side is a small multiple of three.
enum WinogradThree: WinogradTransform {
  @inline(__always)
  static var resultSize: Int { 3 }

  @inline(__always)
  static func input(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (d1, d2, d3) = (from[stride], from[2 * stride], from[3 * stride])
    to[0] = (d3 - d1).adding(2, times: from[0] - d2)
    to[step] = (d3 - d2).adding(-2, times: d1)
    to[2 * step] = d3.adding(2, times: d1).adding(-3, times: d2)
    to[3 * step] = d3 - d1
    to[4 * step] = (from[4 * stride] - d2).adding(2, times: d1 - d3)
  }

  @inline(__always)
  static func result(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (m1, m2, m3) = (from[stride], from[2 * stride], from[3 * stride])
    let sum = m1 + m2
    to[0] = from[0] + sum + m3
    to[step] = (m1 - m2).adding(2, times: m3)
    to[2 * step] = (sum + from[4 * stride]).adding(4, times: m3)
  }

  @inline(__always)
  static func resultGradient(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (y0, y1, y2) = (from[0], from[stride], from[2 * stride])
    let even = y0 + y2
    to[0] = y0
    to[step] = even + y1
    to[2 * step] = even - y1
    to[3 * step] = y0.adding(2, times: y1).adding(4, times: y2)
    to[4 * step] = y2
  }

  @inline(__always)
  static func filter(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (g0, g1, g2) = (from[0], from[stride], from[2 * stride])
    let even = g0 + g2
    to[0] = g0 * (1 / 2)
    to[step] = (even + g1) * (-1 / 2)
    to[2 * step] = (even - g1) * (-1 / 6)
    to[3 * step] = g0.adding(2, times: g1).adding(4, times: g2) * (1 / 6)
    to[4 * step] = g2
  }

  @inline(__always)
  static func filterGradient(_ from: Source, _ stride: Int, _ to: Target, _ step: Int) {
    let (u1, u2, u3) = (from[stride], from[2 * stride], from[3 * stride])
    let (near, far) = (u1 * (-1 / 2), u2 * (1 / 6))
    to[0] = (near - far).adding(1 / 2, times: from[0]).adding(1 / 6, times: u3)
    to[step] = (near + far).adding(1 / 3, times: u3)
    to[2 * step] = (near - far + from[4 * stride]).adding(2 / 3, times: u3)
  }
}

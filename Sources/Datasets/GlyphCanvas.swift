/// A square of 28×28 pixels that strokes are drawn on, anti-aliased by their distance.
///
/// The canvas keeps each pixel's squared distance to the nearest stroke. Crossing strokes therefore merge
/// without darkening, and the pen's radius is applied to the finished drawing. All arithmetic is addition,
/// multiplication, division and square root, which IEEE 754 rounds in one way: a drawing has the same bits on
/// every machine.
struct GlyphCanvas: ~Copyable {
  /// The height and width in pixels.
  static let side = 28
  /// The distance in memory between rows: two vectors of 16 pixels, the last four unused.
  private static let rowStride = 32

  private let squaredDistances: UnsafeMutablePointer<Float>

  /// Makes a canvas without strokes.
  init() {
    squaredDistances = .allocate(capacity: Self.side * Self.rowStride)
    clear()
  }

  deinit {
    squaredDistances.deallocate()
  }

  /// Removes all strokes.
  mutating func clear() {
    squaredDistances.update(repeating: .greatestFiniteMagnitude, count: Self.side * Self.rowStride)
  }

  /// Draws a straight stroke.
  ///
  /// - Parameters:
  ///   - start: one end, in pixels from the upper left corner of the canvas.
  ///   - end: the other end.
  ///   - reach: the distance in pixels at which the stroke can no longer be seen.
  mutating func draw(from start: SIMD2<Float>, to end: SIMD2<Float>, reach: Float) {
    let limit = Float(Self.side)
    let low = pointwiseMin(start, end) - reach
    let high = pointwiseMax(start, end) + reach
    guard low.x < limit, low.y < limit, high.x > 0, high.y > 0 else { return }
    let rows = Int(max(low.y, 0))..<min(Int(high.y) + 1, Self.side)
    let vectors = (low.x < 16 ? 0 : 1)..<(high.x < 16 ? 1 : 2)

    let direction = end - start
    let squaredLength = (direction * direction).sum()
    // A stroke of no length is a dot: any finite factor will do.
    let perSquaredLength = squaredLength > 0 ? 1 / squaredLength : 0
    for vector in vectors {
      let x = Self.centers + Float(16 * vector) - start.x
      for row in rows {
        let y = Float(row) + 0.5 - start.y
        let along = ((x * direction.x + y * direction.y) * perSquaredLength).clampedToUnit
        let dx = x - along * direction.x
        let dy = y - along * direction.y
        let pixels = UnsafeMutableRawPointer(squaredDistances + row * Self.rowStride + 16 * vector)
        let nearest = pixels.loadUnaligned(as: SIMD16<Float>.self)
        let distance = dx * dx + dy * dy
        pixels.storeBytes(
          of: nearest.replacing(with: distance, where: distance .< nearest), as: SIMD16<Float>.self)
      }
    }
  }

  /// How much of each pixel of a row the pen covered, 0 to 1; elements from 28 on mean nothing.
  ///
  /// - Parameters:
  ///   - row: 0 ..< 28 from the top.
  ///   - radius: the pen's radius in pixels.
  func coverage(row: Int, radius: Float) -> (SIMD16<Float>, SIMD16<Float>) {
    let pixels = UnsafeRawPointer(squaredDistances + row * Self.rowStride)
    let left = pixels.loadUnaligned(as: SIMD16<Float>.self).squareRoot()
    let right = pixels.loadUnaligned(fromByteOffset: 64, as: SIMD16<Float>.self).squareRoot()
    return ((radius + 0.5 - left).clampedToUnit, (radius + 0.5 - right).clampedToUnit)
  }

  /// The horizontal positions of the centers of the first sixteen pixels.
  private static let centers = SIMD16<Float>(
    0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5)
}

extension SIMD16<Float> {
  /// The elements limited to 0 to 1; unlike `clamped`, this compiles to vector instructions.
  @inline(__always)
  var clampedToUnit: SIMD16<Float> {
    let positive = replacing(with: 0, where: self .< 0)
    return positive.replacing(with: 1, where: positive .> 1)
  }
}

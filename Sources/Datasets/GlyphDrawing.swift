import Randomness

/// The drawing of glyphs, one after the other, with the memory that each drawing works in.
struct GlyphDrawing: ~Copyable {
  /// The number of straight pieces that each part of a curve is drawn with.
  private static let piecesPerCurve = 6
  /// The greatest displacement of a figure's point, in units of the figure's size.
  private static let displacement: Float = 0.06

  private var canvas = GlyphCanvas()
  private var points: [SIMD2<Float>] = []

  /// Draws a figure in a random pose.
  ///
  /// - Parameters:
  ///   - figure: what to draw.
  ///   - random: the sample's stream; everything random about the sample comes from it.
  ///   - pixels: room for 28×28 bytes, row-major.
  mutating func draw(
    _ figure: GlyphFigure, from random: inout Philox, into pixels: UnsafeMutablePointer<UInt8>
  ) {
    let pose = GlyphPose(from: &random)
    points.removeAll(keepingCapacity: true)
    for point in figure.points {
      let dx = random.uniform(-Self.displacement, Self.displacement)
      let dy = random.uniform(-Self.displacement, Self.displacement)
      points.append(pose.place(point + SIMD2(dx, dy)))
    }
    canvas.clear()
    for stroke in figure.strokes {
      if stroke.isCurved {
        drawCurve(stroke.path, reach: pose.penRadius + 0.5)
      } else {
        for (start, end) in zip(stroke.path, stroke.path.dropFirst()) {
          canvas.draw(from: points[start], to: points[end], reach: pose.penRadius + 0.5)
        }
      }
    }
    develop(pose, noise: &random, into: pixels)
  }

  /// Draws the quadratic spline that begins and ends at the path's ends and is pulled by the points between.
  private mutating func drawCurve(_ path: [Int], reach: Float) {
    var pen = points[path[0]]
    for position in 1..<(path.count - 1) {
      let start = pen
      let control = points[path[position]]
      let next = points[path[position + 1]]
      let end = position + 2 == path.count ? next : (control + next) * 0.5
      for piece in 1...Self.piecesPerCurve {
        // Bernstein's form of the curve from start to end at time t.
        let t = Float(piece) / Float(Self.piecesPerCurve)
        let s = 1 - t
        let point = start * (s * s) + control * (2 * s * t) + end * (t * t)
        canvas.draw(from: pen, to: point, reach: reach)
        pen = point
      }
    }
  }

  /// Turns the strokes into bytes: ink over background, plus noise, clipped to 0 to 255.
  private func develop(
    _ pose: GlyphPose, noise random: inout Philox, into pixels: UnsafeMutablePointer<UInt8>
  ) {
    let side = GlyphCanvas.side
    for row in 0..<side {
      let coverage = canvas.coverage(row: row, radius: pose.penRadius)
      let left = Self.bytes(coverage.0, pose: pose, noise: Self.noise(from: &random))
      let right = Self.bytes(coverage.1, pose: pose, noise: Self.noise(from: &random))
      let target = UnsafeMutableRawPointer(pixels + row * side)
      target.storeBytes(of: left, as: SIMD16<UInt8>.self)
      target.storeBytes(of: right.lowHalf, toByteOffset: 16, as: SIMD8<UInt8>.self)
      target.storeBytes(of: right.highHalf.lowHalf, toByteOffset: 24, as: SIMD4<UInt8>.self)
    }
  }

  /// Sixteen numbers of about −1 to 1, one for each byte of four random words.
  private static func noise(from random: inout Philox) -> SIMD16<Float> {
    let words = SIMD4(random.nextWord(), random.nextWord(), random.nextWord(), random.nextWord())
    let low = SIMD8(lowHalf: words & 0xFF, highHalf: (words &>> 8) & 0xFF)
    let high = SIMD8(lowHalf: (words &>> 16) & 0xFF, highHalf: words &>> 24)
    let bits = SIMD16(lowHalf: low, highHalf: high) | Self.integerOrigin.bitPattern
    return (unsafeBitCast(bits, to: SIMD16<Float>.self) - Self.integerOrigin) * (1 / 128) - 1
  }

  private static func bytes(
    _ coverage: SIMD16<Float>, pose: GlyphPose, noise: SIMD16<Float>
  ) -> SIMD16<UInt8> {
    let clean = pose.background + (pose.ink - pose.background) * coverage
    let intensity = (clean + pose.noise * noise).clampedToUnit
    let bits = unsafeBitCast(intensity * 255 + Self.integerOrigin, to: SIMD16<UInt32>.self)
    return SIMD16(truncatingIfNeeded: bits)
  }

  /// 2²³, from which on a `Float`'s last bits count ones: adding it rounds to an integer in those bits.
  ///
  /// The standard library converts vectors element by element, many times slower.
  private static let integerOrigin: Float = 0x1p23
}

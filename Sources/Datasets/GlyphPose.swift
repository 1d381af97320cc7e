import Randomness

/// How one sample of a figure is placed and drawn; every number is drawn at random.
struct GlyphPose {
  /// Maps a point relative to the figure's center to pixels: the columns of a 2×2 matrix.
  private let columns: (SIMD2<Float>, SIMD2<Float>)
  /// Where the figure's center lies, in pixels.
  private let center: SIMD2<Float>
  /// The pen's radius in pixels.
  let penRadius: Float
  /// The intensity of the strokes, 0 to 1.
  let ink: Float
  /// The intensity of the unmarked background, 0 to 1.
  let background: Float
  /// The greatest intensity that noise adds or takes away.
  let noise: Float

  /// Draws a pose.
  init(from random: inout Philox) {
    // A rotation from the tangent of its half angle needs no sine, whose last bit differs between platforms.
    let tangent = random.uniform(-0.2, 0.2)
    let cosine = (1 - tangent * tangent) / (1 + tangent * tangent)
    let sine = 2 * tangent / (1 + tangent * tangent)
    let scale = SIMD2(random.uniform(11, 20), random.uniform(11, 20))
    let shear = random.uniform(-0.3, 0.3)
    // Rotation · shear · scale.
    columns = (
      SIMD2(cosine, sine) * scale.x, SIMD2(cosine * shear - sine, sine * shear + cosine) * scale.y
    )
    center = SIMD2(random.uniform(11.5, 16.5), random.uniform(11.5, 16.5))
    penRadius = random.uniform(0.6, 1.5)
    ink = random.uniform(0.5, 1)
    background = random.uniform(0, 0.15)
    noise = random.uniform(0, 0.2)
  }

  /// The place in pixels of a point of the unit square.
  func place(_ point: SIMD2<Float>) -> SIMD2<Float> {
    let offset = point - 0.5
    return center + columns.0 * offset.x + columns.1 * offset.y
  }
}

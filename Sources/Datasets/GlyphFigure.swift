/// A figure of pen strokes in the unit square, x to the right and y downwards.
struct GlyphFigure: Sendable {
  /// A line through some of a figure's points.
  struct Stroke: Sendable {
    /// The points' positions in `GlyphFigure.points`, in the order of the pen.
    let path: [Int]
    /// Whether the inner points pull the pen (a quadratic spline) or are passed through (straight lines).
    let isCurved: Bool
  }

  /// The points that strokes go through; strokes that share a point stay joined when it moves.
  let points: [SIMD2<Float>]
  /// The lines of the figure.
  let strokes: [Stroke]

  private init(_ points: [SIMD2<Float>], lines: [[Int]] = [], curves: [[Int]] = []) {
    self.points = points
    strokes =
      lines.map { Stroke(path: $0, isCurved: false) } + curves.map { Stroke(path: $0, isCurved: true) }
  }
}

extension GlyphFigure {
  /// The figure of each class.
  ///
  /// Several differ by little: a gap, a bar, the side on which strokes meet.
  static let all: [GlyphFigure] = [ring, cup, triangle, zigzag, wave, cross, fork, arrow, hourglass, spiral]

  private static let ring = GlyphFigure(
    [[0.5, 0.06], [0.96, 0.04], [0.96, 0.96], [0.04, 0.96], [0.04, 0.04]], curves: [[0, 1, 2, 3, 4, 0]])

  private static let cup = GlyphFigure(
    [[0.14, 0.1], [0.06, 0.98], [0.94, 0.98], [0.86, 0.1]], curves: [[0, 1, 2, 3]])

  private static let triangle = GlyphFigure(
    [[0.5, 0.06], [0.94, 0.9], [0.06, 0.9]], lines: [[0, 1, 2, 0]])

  private static let zigzag = GlyphFigure(
    [[0.12, 0.12], [0.88, 0.12], [0.12, 0.88], [0.88, 0.88]], lines: [[0, 1, 2, 3]])

  private static let wave = GlyphFigure(
    [[0.88, 0.14], [0.2, -0.1], [0.04, 0.46], [0.96, 0.54], [0.8, 1.1], [0.12, 0.86]],
    curves: [[0, 1, 2, 3, 4, 5]])

  private static let cross = GlyphFigure(
    [[0.5, 0.06], [0.5, 0.94], [0.06, 0.5], [0.94, 0.5]], lines: [[0, 1], [2, 3]])

  private static let fork = GlyphFigure(
    [[0.1, 0.08], [0.5, 0.5], [0.9, 0.08], [0.5, 0.94]], lines: [[0, 1, 2], [1, 3]])

  private static let arrow = GlyphFigure(
    [[0.12, 0.46], [0.5, 0.06], [0.88, 0.46], [0.5, 0.94]], lines: [[0, 1, 2], [1, 3]])

  private static let hourglass = GlyphFigure(
    [[0.14, 0.08], [0.86, 0.08], [0.14, 0.92], [0.86, 0.92]], lines: [[0, 1, 2, 3, 0]])

  private static let spiral = GlyphFigure(
    [
      [0.56, 0.54], [0.36, 0.44], [0.4, 0.76], [0.86, 0.7], [0.82, 0.12], [0.06, 0.0], [0.0, 0.94],
      [0.66, 0.96],
    ],
    curves: [[0, 1, 2, 3, 4, 5, 6, 7]])
}

import Foundation
import Reports
import Testing

@Suite("Contours")
struct ContourTests {
  static func grid(_ function: (Double, Double) -> Double) -> FunctionGrid {
    FunctionGrid(x: -4...4, y: -3...3, columnCount: 97, rowCount: 97, function: function)
  }

  @Test("Those of a quadratic are closed ellipses at the right radius", arguments: [0.5, 1, 4, 8])
  func ellipses(level: Double) throws {
    let lines = Self.grid { $0 * $0 + 2 * $1 * $1 }.contours(at: level)
    let line = try #require(lines.first)
    #expect(lines.count == 1 && line.isClosed)
    // Linear interpolation errs by at most h²/8 times the second derivative, 4, of the value.
    let tolerance = (8.0 / 96) * (8.0 / 96) / 8 * 4
    for (x, y) in line.points { #expect(abs(x * x + 2 * y * y - level) <= tolerance) }
    // Once around: the angles add up to a full turn.
    let angles = line.points.map { atan2($0.y, $0.x) }
    let turn = zip(angles, angles.dropFirst() + angles.prefix(1)).reduce(0) { sum, pair in
      sum + remainder(pair.1 - pair.0, 2 * .pi)
    }
    #expect(abs(abs(turn) - 2 * .pi) < 1e-9)
  }

  @Test("A straight line ends at the edges, where it is exact")
  func straightLine() throws {
    let lines = Self.grid { $0 + $1 }.contours(at: 0.25)
    let line = try #require(lines.first)
    #expect(lines.count == 1 && !line.isClosed)
    for (x, y) in line.points { #expect(abs(x + y - 0.25) < 1e-12) }
    let ends = try [#require(line.points.first), #require(line.points.last)].map(\.y).sorted()
    #expect(ends == [-3, 3])
  }

  @Test(
    "A saddle's two branches stay on their sides", arguments: [1, -1], [(0, 0), (0.03, 0.02), (-0.05, 0.06)])
  func saddle(sign: Double, center: (x: Double, y: Double)) {
    let lines = Self.grid { ($0 - center.x) * ($1 - center.y) }.contours(at: sign * 1e-5)
    #expect(lines.count == 2)
    for line in lines {
      let sides = Set(line.points.map { $0.x > center.x })
      #expect(!line.isClosed && sides.count == 1)
      #expect(line.points.allSatisfy { ($0.x - center.x) * ($0.y - center.y) * sign >= 0 })
    }
  }

  @Test("Where there is no value there is no contour")
  func gaps() {
    let lines = Self.grid { $0 < 0 ? .nan : $0 * $0 + $1 * $1 }.contours(at: 4)
    #expect(lines.count == 1 && lines.allSatisfy { !$0.isClosed })
    #expect(Self.grid { _, _ in .nan }.levels(5).isEmpty)
    #expect(Self.grid { _, _ in 1 }.levels(5).isEmpty)
    #expect(Self.grid { $0 + $1 }.contours(at: 100).isEmpty)
  }

  @Test("Levels of a quadratic are about equally far apart in radius")
  func levels() {
    let levels = Self.grid { ($0 / 4) * ($0 / 4) + ($1 / 3) * ($1 / 3) }.levels(10)
    let radii = levels.map { $0.squareRoot() }
    #expect(levels.count == 10)
    // Full ellipses are those up to radius 1; beyond, the picture's corners crowd the levels.
    let inner = radii.filter { $0 < 1 }
    let gaps = zip(inner, inner.dropFirst()).map { $1 - $0 }
    #expect((gaps.max() ?? 1) < 1.15 * (gaps.min() ?? 0))
  }
}

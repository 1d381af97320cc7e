import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct FigureTests {
  @Test("asked-for ranges are the axes' own, with the ticks that lie in them")
  func ranges() {
    let axis = Axis(scale: .linear, range: -1.5...2.2)
    #expect(axis.lower == -1.5 && axis.upper == 2.2)
    #expect(axis.ticks.map(\.value) == [-1, 0, 1, 2])
    #expect(Axis(scale: .linear, range: -2...2).ticks.map(\.value) == [-2, -1, 0, 1, 2])
    #expect(
      Axis(scale: .logarithmic, range: 0.5...200).ticks.allSatisfy { $0.value >= 0.5 && $0.value <= 200 })
  }

  private func circles(_ svg: String) -> [(x: Double, y: Double)] {
    svg.matches(of: /<circle cx="([0-9.]+)" cy="([0-9.]+)" r="4"/).compactMap { match in
      guard let x = Double(match.1), let y = Double(match.2) else { return nil }
      return (x, y)
    }
  }

  @Test("with equal units a circle is round", arguments: [(2.0, 1.0), (1.0, 3.0), (4.0, 4.0)])
  func equalUnits(width: Double, height: Double) throws {
    let figure = Figure(
      title: "", x: -width...width, y: -height...height, hasEqualUnits: true,
      layers: [.marks([.init(0, 0, ""), .init(0.5, 0, ""), .init(0, 0.5, "")])])
    let places = circles(Figure.document(title: "", [.figure(figure)], columnCount: 1))
    try #require(places.count == 3)
    #expect(abs((places[1].x - places[0].x) - (places[0].y - places[2].y)) < 0.02)
  }

  @Test("contours over a path have equal units and labels, and say where the path begins and ends")
  func contours() {
    let chart = ContourChart(
      title: "f", paths: [ChartSeries(name: "a", points: [(-5, -2), (0, 0)])], levels: [2, 8, 1250]
    ) { 30 * ($0 * $0 + 2 * $1 * $1) }
    let svg = chart.svg
    for word in [">2<", ">8<", ">1250<", ">start<", ">end<"] { #expect(svg.contains(word), "\(word)") }
    #expect(svg.contains("prefers-color-scheme: dark"))
  }

  @Test("a region is closed along the edge of the plot, and empty where the function is positive")
  func regions() throws {
    func path(_ function: (Double, Double) -> Double) -> String? {
      let grid = FunctionGrid(x: -1...1, y: -1...1, columnCount: 21, rowCount: 21, function: function)
      let figure = Figure(
        title: "", x: -1...1, y: -1...1, hasEqualUnits: true, layers: [.region(name: nil, grid)])
      let svg = Figure.document(title: "", [.figure(figure)], columnCount: 1)
      return svg.firstMatch(of: /<path d="([^"]*)" fill="#3a80e0"/).map { String($0.1) }
    }
    /// Twice the area inside a closed path, by the shoelace formula.
    func area(_ data: String) -> Double {
      data.split(separator: "Z").reduce(0) { sum, line in
        let points = line.split(whereSeparator: { "ML".contains($0) }).map {
          $0.split(separator: " ").compactMap { Double($0) }
        }
        return sum
          + points.indices.reduce(0) { sum, index in
            let (a, b) = (points[index], points[(index + 1) % points.count])
            return sum + (a[0] * b[1] - b[0] * a[1]) / 2
          }
      }
    }
    let whole = abs(area(try #require(path { _, _ in -1 })))
    #expect(abs(abs(area(try #require(path { x, _ in x }))) / whole - 0.5) < 1e-3)
    #expect(abs(abs(area(try #require(path { $0 * $0 + $1 * $1 - 0.25 }))) / whole - Double.pi / 16) < 6e-3)
    #expect(path { _, _ in 1 } == "M0 0")
  }

  @Test("panels stand beside and below each other, each with its own edges")
  func panels() {
    let figure = Figure(title: "t", x: 0...1, layers: [.curve(name: nil, points: [(0, 0), (1, 1)])])
    let surface = SurfaceChart(title: "s", x: -1...1, y: -1...1) { $0 * $0 - $1 * $1 }
    let svg = Figure.document(
      title: "all", [.figure(figure), .figure(figure), .surface(surface)], columnCount: 2)
    #expect(svg.matches(of: /id="plot\d"/).count == 2 && svg.contains("url(#plot1)"))
    #expect(svg.matches(of: /<svg\s/).count == 4)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    #expect(XMLParser(data: Data(svg.utf8)).parse())
  }
}

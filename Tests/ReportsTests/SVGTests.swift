import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a parser independent of the writer finds in a picture.
private final class Reader: NSObject, XMLParserDelegate {
  var elements: [(name: String, attributes: [String: String])] = []
  var texts: [String] = []
  private var text = ""

  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    let isWellFormed = parser.parse()
    try #require(isWellFormed, "\(parser.parserError.map(String.init(describing:)) ?? "")")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append((name, attributes))
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    if name == "text" || name == "title" { texts.append(text) }
    text = ""
  }
}

/// The places of a path that consists of M and L commands.
private func places(_ data: String) -> [PicturePoint] {
  data.split(whereSeparator: { "MLZ".contains($0) }).compactMap { place in
    let numbers = place.split(separator: " ").compactMap { Double($0) }
    return numbers.count == 2 ? PicturePoint(x: numbers[0], y: numbers[1]) : nil
  }
}

@Suite("SVG pictures")
struct SVGTests {
  static let points = (0...20).map { (x: Double($0), y: 10 * exp(-0.5 * Double($0))) }

  static func chart(_ series: [ChartSeries], yScale: AxisScale = .linear) -> LineChart {
    LineChart(title: "loss", xLabel: "epoch", yLabel: "loss", yScale: yScale, series: series)
  }

  @Test("XML that a parser reads, with every text as it was given")
  func wellFormed() throws {
    let texts = ["a < b & \"c\" > 'd' ]]>", "Σ ½‖x‖²", "line\nbreak \u{0} end"]
    let chart = LineChart(
      title: texts[0], xLabel: texts[1], yLabel: texts[2],
      series: [ChartSeries(name: "<&>", points: Self.points), ChartSeries(name: "y", points: [])])
    let reader = try Reader(chart.svg)
    #expect(reader.elements.first?.name == "svg")
    for text in [texts[0], texts[1], "line\u{FFFD}break \u{FFFD} end", "<&>", "y"] {
      #expect(reader.texts.contains(text), "\(text)")
    }
  }

  @Test("The same chart is the same text")
  func deterministic() {
    let contours = { Self.contourChart().svg }
    #expect(contours() == contours())
    let chart = Self.chart([ChartSeries(name: "a", points: Self.points)])
    #expect(chart.svg == chart.svg)
  }

  @Test("A point stands where its axes' ticks say", arguments: [AxisScale.linear, .logarithmic])
  func pointsStandAtTicks(scale: AxisScale) throws {
    let axis = Axis(scale: scale, covering: Self.points.map(\.y))
    let ticks = axis.ticks.map { (x: $0.value, y: $0.value) }
    let chart = LineChart(
      title: "", xLabel: "", yLabel: "", xScale: scale, yScale: scale,
      series: [ChartSeries(name: "diagonal", points: ticks)])
    let reader = try Reader(chart.svg)
    let data = reader.elements.filter { $0.name == "path" }.compactMap { $0.attributes["d"] }
    let line = places(try #require(data.last))
    // A grid line says "Mx yV…" or "Mx yH…".
    let grid = data.filter { $0.contains("V") || $0.contains("H") }
    #expect(line.count == ticks.count && grid.count == 2 * ticks.count)
    for (index, place) in line.enumerated() {
      #expect(grid[index].hasPrefix("M\(pixels(place.x)) "))
      #expect(grid[ticks.count + index].contains(" \(pixels(place.y))H"))
    }
    #expect(line.first.map(\.y) ?? 0 > line.last.map(\.y) ?? 0, "upwards is up")
  }

  @Test("A line breaks where it has no place, and what is left alone is a dot")
  func gaps() throws {
    let points: [(x: Double, y: Double)] = [
      (0, 1), (1, 2), (2, .nan), (3, 4), (4, .infinity), (5, -1), (6, 5), (7, 3), (.nan, 1),
    ]
    let reader = try Reader(
      Self.chart([ChartSeries(name: "a", points: points)], yScale: .logarithmic).svg)
    let lines = reader.elements.filter { $0.attributes["stroke"] == ChartFrame.colours[0] }
    #expect(lines.compactMap { $0.attributes["d"] }.map { places($0).count } == [2, 1, 2])
    #expect(reader.elements.count { $0.name == "circle" } == 1)
  }

  @Test(
    "Whatever the values, a picture comes out",
    arguments: [
      [], [.nan], [0], [5], [-3, -3], [1e308, -1e308], [.leastNonzeroMagnitude, 1], [1e300, 1e-300],
      [0.1, 0.1 + 1e-17], [.leastNonzeroMagnitude], [3e-162], [0, 2 * .leastNonzeroMagnitude],
      [1e15, 1e15 + 1], [-1, 0], [1, 1 + 1e-11],
    ] as [[Double]], [AxisScale.linear, .logarithmic])
  func anyValues(values: [Double], scale: AxisScale) throws {
    let points = values.enumerated().map { (x: $1, y: $1 * (1 + Double($0))) }
    let chart = LineChart(
      title: "", xLabel: "", yLabel: "", xScale: scale, yScale: scale,
      series: [ChartSeries(name: "a", points: points)])
    let svg = chart.svg
    _ = try Reader(svg)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  static func contourChart() -> ContourChart {
    ContourChart(
      title: "x₁² + 2x₂²", xRange: -4...4, yRange: -2...2,
      paths: [ChartSeries(name: "gradient descent", points: [(-3, -1.5), (0, 0)])]
    ) { $0 * $0 + 2 * $1 * $1 }
  }

  @Test("A path begins at its ring, ends at its dot, and a legend tells several apart")
  func contourPaths() throws {
    let reader = try Reader(Self.contourChart().svg)
    let paths = reader.elements.filter { $0.attributes["stroke"] == ChartFrame.colours[1] }
    let line = places(try #require(paths.first?.attributes["d"]))
    let circles = reader.elements.filter { $0.name == "circle" }
    let ends = circles.map { [$0.attributes["cx"], $0.attributes["cy"]] }
    #expect(line.count == 2 && ends.count == 2)
    for (end, place) in zip(ends, line) { #expect(end == [pixels(place.x), pixels(place.y)]) }
    #expect(!reader.texts.contains("gradient descent"))
    var two = Self.contourChart()
    two.paths.append(ChartSeries(name: "newton", points: [(1, 1)]))
    #expect(try Reader(two.svg).texts.contains("newton"))
  }
}

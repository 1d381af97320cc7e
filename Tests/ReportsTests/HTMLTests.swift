import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Pages and the plots in them.
@Suite struct HTMLTests {
  /// The names and attributes of all elements, in their order; nil if a page is not well-formed.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [(name: String, attributes: [String: String])] = []
    var text = ""

    static func read(_ page: String) -> Reader? {
      let reader = Reader()
      let parser = XMLParser(data: Data(page.utf8))
      parser.delegate = reader
      return parser.parse() ? reader : nil
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String] = [:]
    ) {
      elements.append((name, attributes))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  private func page(_ content: [HTML], title: String = "title") -> String {
    HTMLPage(title: title, subtitle: "", sections: [HTMLPage.Section("A", name: "a", content)]).text
  }

  @Test("foreign text is text, in elements and attributes")
  func escaping() throws {
    let evil = "</p><script>alert(1)</script> & \"quotes\" 'x' \u{0}\u{1B}[31m ü"
    let text = page([HTML("p", [("title", evil)], text: evil)], title: evil)
    let reader = try #require(Reader.read(text))
    #expect(!text.contains("<script") && !text.contains("\u{1B}"))
    #expect(
      reader.elements.last?.attributes["title"]?.contains("</p><script>alert(1)</script> & \"quotes\"")
        == true)
    #expect(reader.text.contains("</p><script>alert(1)</script> & \"quotes\" 'x' "))
  }

  @Test("a page refers to nothing outside of it")
  func isSelfContained() throws {
    let reader = try #require(Reader.read(page([])))
    for (name, attributes) in reader.elements {
      #expect(!["script", "link", "img", "iframe"].contains(name))
      #expect(attributes["src"] == nil && attributes["href"].map { $0.hasPrefix("#") } ?? true)
    }
    #expect(!page([]).contains("://"))
  }

  @Test("columns of numbers stand to the right, whatever else is in the table")
  func table() throws {
    let table = HTMLPage.table(
      ["run", "loss", "time", "digest", "note"],
      [["1", "0.5", "3.0 s", "1234567890123456", "3 runs"], ["2", "–", "12 min", "abc", ""]])
    let reader = try #require(Reader.read(page([table])))
    let cells = reader.elements.filter { ["th", "td"].contains($0.name) }.map {
      $0.attributes["class"] == "number"
    }
    #expect(cells == [[Bool]](repeating: [false, true, true, false, false], count: 3).flatMap(\.self))
  }

  @Test("plots draw what has a place, and break where there is none")
  func plots() throws {
    let curve = Plot.Curve(
      "a", color: 0, points: [(1, 1), (2, .nan), (3, 2), (4, .infinity), (5, 3), (6, 4), (7, 0)],
      ranges: [0.5...2, 0...0, 1...3, 0...0, 2...4, 3...5, 0...0])
    for scale in [AxisScale.linear, .logarithmic] {
      let plot = Plot(
        title: "t", xLabel: "x", yLabel: "y", yScale: scale,
        curves: [curve, Plot.Curve("b", color: 9, points: [])])
      let reader = try #require(Reader.read(page([plot.picture])))
      let lines = reader.elements.filter {
        $0.attributes["class"] == "curve s0" && $0.attributes["d"]?.contains("h22") == false
      }
      // 1, 3, and 5 to 6 or, where 0 has a place, 5 to 7.
      #expect(lines.count == 3)
      #expect(lines[2].attributes["d"]?.count { $0 == "L" } == (scale == .linear ? 2 : 1))
      for (_, attributes) in reader.elements {
        for value in attributes.values { #expect(!value.contains("nan") && !value.contains("inf")) }
      }
    }
  }

  @Test("plots without any value, with one, with empty names and many classes are drawn")
  func extremes() throws {
    let pictures = [
      Plot(title: "", xLabel: "", yLabel: "", curves: []).picture,
      Plot(title: "", xLabel: "", yLabel: "", curves: [Plot.Curve("", color: 0, points: [(1, 1)])]).picture,
      BarPlot(title: "", xLabel: "", parts: [], bars: []).picture,
      BarPlot(title: "", xLabel: "", parts: ["a"], bars: [("", [0]), ("b", [.nan])]).picture,
      MatrixPlot(title: "", names: [], counts: []).picture,
      MatrixPlot(
        title: "", names: (0..<100).map(String.init),
        counts: (0..<100).map { row in (0..<100).map { $0 == row ? 5 : 0 } }
      ).picture,
      IntervalPlot(title: "", xLabel: "", rows: []).picture,
      IntervalPlot(title: "", xLabel: "", rows: [("a", [0, 0], 0, 0...0), ("b", [1], 1, nil)]).picture,
    ]
    let text = page(pictures)
    let reader = try #require(Reader.read(text))
    #expect(reader.elements.count { $0.name == "svg" } == pictures.count)
    #expect(!text.contains("nan") && !text.contains("inf\"") && !text.contains("=\"-"))
  }
}

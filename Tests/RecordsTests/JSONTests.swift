import Foundation
import Records
import Testing

/// The one spelling of a JSON value.
@Suite struct JSONTests {
  @Test("numbers that are not integers always show it, so that a column of them has one type")
  func numbers() {
    let spellings: [(JSON, String)] = [
      (.integer(1), "1"), (.integer(-7), "-7"), (.number(1), "1.0"), (.number(0), "0.0"),
      (.number(-0.0), "-0.0"),
      (.number(0.1), "0.1"), (.number(1e16), "1e+16"), (.number(100_000), "100000.0"),
      (.number(1e-7), "1e-07"),
      (.precise(1), "1.0"), (.precise(0), "0.0"), (.precise(-3), "-3.0"),
      (.precise(0.1), "0.10000000000000001"),
      (.precise(2.5), "2.5"), (.precise(1e300), "1.0000000000000001e+300"), (.precise(1e17), "1e+17"),
      (.precise(12_345_678_901_234_568), "12345678901234568.0"),
    ]
    for (value, spelling) in spellings { #expect(value.description == spelling) }
    for value in [1.0, 1e9, 1e15, 1e16, 1e17, 1e22, 123_456_789, -4e-9, .pi, .leastNonzeroMagnitude] {
      for spelling in [JSON.number(value).description, JSON.precise(value).description] {
        #expect(spelling.contains(".") || spelling.contains("e"), "\(spelling)")
        #expect(Double(spelling) == value, "\(spelling)")
      }
    }
  }

  @Test("what is no number is null")
  func notFinite() {
    for value in [Double.nan, .infinity, -.infinity] {
      #expect(JSON.number(value).description == "null" && JSON.precise(value).description == "null")
    }
  }

  @Test("lists and objects are written on one line, members in their order")
  func containers() {
    let value = JSON.object([
      ("b", .list([.integer(1), .null, .boolean(true)])), ("a", .object([])), ("c", .list([])),
      ("d", .text("x")),
    ])
    #expect(value.description == #"{"b": [1, null, true], "a": {}, "c": [], "d": "x"}"#)
  }

  @Test("every text comes back from another reader, and takes one line")
  func texts() throws {
    let texts = [
      "", "plain", "quoted \" and \\ and /", "line\nend\r\ttab\0", "\u{7F}\u{85}\u{9F}",
      "\u{2028}\u{2029}\u{FEFF}",
      "µ × 図 🙂", "e\u{301}", "\u{1F}",
    ]
    for text in texts {
      let json = JSON.text(text).description
      #expect(!json.unicodeScalars.contains { $0 < " " || $0 == "\u{2028}" || $0 == "\u{85}" })
      let read = try JSONDecoder().decode([String].self, from: Data("[\(json)]".utf8))
      #expect(read.map { Array($0.unicodeScalars) } == [Array(text.unicodeScalars)], "\(json)")
    }
    #expect(JSON.text("a\nb").description == #""a\u000ab""#)
    #expect(JSON.object([("a\"b", .null)]).description == #"{"a\"b": null}"#)
  }

  @Test("the leaves of nested objects stand under dotted keys; a list is one leaf")
  func leaves() {
    let value = JSON.object([
      ("b", .object([("y", .integer(1)), ("x", .object([("z", .null)]))])),
      ("a", .list([.object([("q", .null)])])),
      ("c", .object([])),
    ])
    #expect(value.leaves.map { "\($0.key)=\($0.value)" } == ["b.y=1", "b.x.z=null", #"a=[{"q": null}]"#])
    #expect(JSON.integer(3).leaves.isEmpty)
  }
}

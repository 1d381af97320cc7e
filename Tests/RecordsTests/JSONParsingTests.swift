import Records
import Testing

/// The strict reader of JSON.
@Suite struct JSONParsingTests {
  private func parsed(_ text: String) throws -> JSON { try JSON(parsing: text.utf8) }

  @Test("what is written is read back to the same text")
  func roundTrip() throws {
    for text in [
      "null", "true", "-7", "0", "0.1", "1e+16", "-0.0", "[]", "{}", #"[1, 2.5, "x", null, [false]]"#,
      #"{"a": {"b": [1, {"c": "\u0007é\"\\"}]}, "d": 0.10000000000000001}"#,
    ] {
      // A number is read as itself, however many digits it had.
      let value = try parsed(text)
      #expect(try parsed(value.description).description == value.description)
      if !text.contains("0.1000") { #expect(value.description == text) }
    }
    #expect(try parsed(#" { "a" : [ 1 , 2 ] } "#).description == #"{"a": [1, 2]}"#)
    #expect(try parsed(#""\ud83d\ude00\n\/""#).text == "😀\n/")
    #expect(try parsed("9223372036854775807").integer == .max)
    #expect(try parsed("9223372036854775808").number == 0x1p63)
    #expect(try parsed(#"{"a": 1, "b": "x"}"#)["b"]?.text == "x")
  }

  @Test(
    "what is no JSON is refused with the place",
    arguments: [
      "", " ", "{", "[1", "[1,]", "{\"a\"}", "{\"a\": 1,}", "{a: 1}", "01", "+1", ".5", "1.", "1e", "-",
      "nul",
      "1 2", "\"x", "\"\\x\"", "\"\\ud83d\"", "\"\u{1}\"", "{\"a\": 1, \"a\": 2}", "NaN", "1e999", "'x'",
    ])
  func refused(text: String) {
    let error = #expect(throws: JSONError.self) { try parsed(text) }
    #expect(error?.description.hasPrefix("is no JSON: byte ") == true)
  }

  @Test("nesting has a bound, so that no text overflows the stack")
  func nesting() throws {
    _ = try parsed(String(repeating: "[", count: 250) + String(repeating: "]", count: 250))
    for open in ["[", "{\"a\":"] {
      #expect(throws: JSONError.self) { try parsed(String(repeating: open, count: 1_000_000)) }
    }
  }
}

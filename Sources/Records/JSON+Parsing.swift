import Mistakes

extension JSON {
  /// Reads a JSON text, RFC 8259.
  ///
  /// Strict and bounded: a text with repeated names, with anything after the value, or with more than 256 values inside one
  /// another is refused. An integer that `Int` holds is ``integer(_:)``, any other number ``number(_:)``.
  ///
  /// - Parameter text: the text, UTF-8.
  /// - Throws: ``JSONError`` with the place.
  /// - Complexity: O(*n*).
  package init(parsing text: some Collection<UInt8>) throws(JSONError) {
    var parser = Parser(bytes: Array(text))
    self = try parser.document()
  }

  /// The member of a name, of an object; nil if there is none.
  package subscript(_ name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == name }?.value
  }

  /// The text, if it is one.
  package var text: String? { if case .text(let value) = self { value } else { nil } }

  /// The values, if it is a list.
  package var list: [JSON]? { if case .list(let values) = self { values } else { nil } }

  /// The integer, if it is one.
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The number, an integer or not; nil if it is none.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value), .precise(let value): value
    default: nil
    }
  }
}

/// A text is no JSON.
package struct JSONError: UserError {
  /// The place in bytes from the beginning, and what is wrong there.
  package let description: String
}

private struct Parser {
  private static let mostNested = 256

  let bytes: [UInt8]
  var index = 0

  mutating func document() throws(JSONError) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard index == bytes.count else { throw error("something follows the value") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    guard depth <= Self.mostNested else {
      throw error("more than \(Self.mostNested) values inside one another")
    }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try list(depth)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(_ depth: Int) throws(JSONError) -> JSON {
    var members: [(key: String, value: JSON)] = []
    var names: Set<String> = []
    try elements(UInt8(ascii: "}")) { parser throws(JSONError) in
      let name = try parser.string()
      guard names.insert(name).inserted else { throw parser.error("a name that stands there already") }
      parser.skipSpace()
      try parser.take(UInt8(ascii: ":"))
      members.append((name, try parser.value(depth: depth + 1)))
    }
    return .object(members)
  }

  private mutating func list(_ depth: Int) throws(JSONError) -> JSON {
    var values: [JSON] = []
    try elements(UInt8(ascii: "]")) { parser throws(JSONError) in
      values.append(try parser.value(depth: depth + 1))
    }
    return .list(values)
  }

  /// What stands between brackets, with commas between.
  private mutating func elements(
    _ end: UInt8, _ element: (inout Parser) throws(JSONError) -> Void
  ) throws(JSONError) {
    index += 1
    skipSpace()
    if peek == end {
      index += 1
      return
    }
    while true {
      skipSpace()
      try element(&self)
      skipSpace()
      if peek == end {
        index += 1
        return
      }
      try take(UInt8(ascii: ","))
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    for byte in word.utf8 { try take(byte) }
    return value
  }

  private mutating func number() throws(JSONError) -> JSON {
    let begin = index
    if peek == UInt8(ascii: "-") { index += 1 }
    let firstDigit = peek
    var isWhole =
      digits() > 0
      && (firstDigit != UInt8(ascii: "0") || index == begin + (bytes[begin] == UInt8(ascii: "-") ? 2 : 1))
    var isInteger = true
    if isWhole, peek == UInt8(ascii: ".") {
      (index, isInteger) = (index + 1, false)
      isWhole = digits() > 0
    }
    if isWhole, peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      (index, isInteger) = (index + 1, false)
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
      isWhole = digits() > 0
    }
    let text = String(decoding: bytes[begin..<index], as: UTF8.self)
    if isWhole, isInteger, let value = Int(text) { return .integer(value) }
    guard isWhole, let value = Double(text), value.isFinite else {
      index = begin
      throw error("no value")
    }
    return .number(value)
  }

  /// Skips digits; returns how many.
  private mutating func digits() -> Int {
    let begin = index
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
    return index - begin
  }

  private mutating func string() throws(JSONError) -> String {
    try take(UInt8(ascii: "\""))
    var units: [UInt8] = []
    while let byte = peek {
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw error("a text that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): units += Array(String(try escape()).utf8)
      case 0x20...: units.append(byte)
      default: throw error("a control character in a text")
      }
    }
    throw error("a text without end")
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = peek else { throw error("a text without end") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try codeUnit()
      guard unit >> 10 == 0xD800 >> 10 else {
        guard let scalar = Unicode.Scalar(unit) else { throw error("half of a surrogate pair") }
        return scalar
      }
      try take(UInt8(ascii: "\\"))
      try take(UInt8(ascii: "u"))
      let low = try codeUnit()
      guard low >> 10 == 0xDC00 >> 10,
        let scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF)
      else { throw error("half of a surrogate pair") }
      return scalar
    default: throw error("an unknown escape")
    }
  }

  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    guard index + 4 <= bytes.count,
      let text = String(validating: bytes[index..<index + 4], as: UTF8.self),
      text.allSatisfy(\.isHexDigit), let unit = UInt32(text, radix: 16)
    else { throw error("an unknown escape") }
    index += 4
    return unit
  }

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
  }

  private mutating func take(_ byte: UInt8) throws(JSONError) {
    guard peek == byte else { throw error("\"\(Character(Unicode.Scalar(byte)))\" is missing") }
    index += 1
  }

  private func error(_ problem: String) -> JSONError {
    JSONError(description: "is no JSON: byte \(index): \(problem)")
  }
}

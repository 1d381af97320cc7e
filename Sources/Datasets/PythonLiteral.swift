/// Reads values as Python writes them, as far as they occur in headers of NumPy: texts, integers, truth values, tuples,
/// lists and dictionaries of texts.
struct PythonLiteral {
  /// A value.
  indirect enum Value: Equatable {
    case text(String), integer(Int), boolean(Bool), tuple([Value]), list([Value]), dictionary([String: Value])
  }

  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0

  /// The deepest nesting that is read.
  private static let largestDepth = 8

  /// Begins at the first of some bytes.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Whether nothing but blanks and line ends is left.
  var isAtEnd: Bool { bytes[place...].allSatisfy(Self.isBlank) }

  /// The next value; nil if there is none.
  mutating func value() -> Value? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.largestDepth, let byte = peek() else { return nil }
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return text().map(Value.text)
    case UInt8(ascii: "("): return elements(until: ")").map(Value.tuple)
    case UInt8(ascii: "["): return elements(until: "]").map(Value.list)
    case UInt8(ascii: "{"): return dictionary().map(Value.dictionary)
    default: return word()
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

  /// The next byte that is no blank, which stays the next.
  private mutating func peek() -> UInt8? {
    while place < bytes.count, Self.isBlank(bytes[place]) { place += 1 }
    return place < bytes.count ? bytes[place] : nil
  }

  /// Takes the next byte if it is this one.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  /// A text in quotes; those of headers have no escapes.
  private mutating func text() -> String? {
    guard let quote = peek(), quote == 0x27 || quote == 0x22 else { return nil }
    let start = place + 1
    guard let end = bytes[start...].firstIndex(of: quote), !bytes[start..<end].contains(UInt8(ascii: "\\"))
    else { return nil }
    place = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// Values with commas between them, in brackets.
  private mutating func elements(until end: Unicode.Scalar) -> [Value]? {
    place += 1
    var values: [Value] = []
    while !take(end) {
      guard let value = value() else { return nil }
      values.append(value)
      if take(",") { continue }
      guard take(end) else { return nil }
      break
    }
    return values
  }

  private mutating func dictionary() -> [String: Value]? {
    place += 1
    var members: [String: Value] = [:]
    while !take("}") {
      guard peek() != nil, let key = text(), members[key] == nil, take(":"), let value = value() else {
        return nil
      }
      members[key] = value
      if take(",") { continue }
      guard take("}") else { return nil }
      break
    }
    return members
  }

  /// `True`, `False` or an integer that is not negative; Python 2 wrote an L behind long ones.
  private mutating func word() -> Value? {
    let word = bytes[place...].prefix { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    place += word.count
    switch String(decoding: word, as: UTF8.self) {
    case "True": return .boolean(true)
    case "False": return .boolean(false)
    case let text: return Int(text.hasSuffix("L") ? String(text.dropLast()) : text).map(Value.integer)
    }
  }
}

import Foundation

/// A JSON value with one spelling only, on one line; all text in it can be read as YAML too.
public indirect enum JSON: CustomStringConvertible {
  case null
  case boolean(Bool)
  case integer(Int)
  /// A number in the fewest digits that give it back.
  case number(Double)
  /// A number in 17 significant digits.
  case precise(Double)
  case text(String)
  case list([JSON])
  /// Members in the order they are written.
  case object([(key: String, value: JSON)])

  public var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    // JSON has no word for numbers that are none.
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .precise(let value): value.isFinite ? String(format: "%.17g", value) : "null"
    case .text(let value): Self.quote(value)
    case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    case .object(let members):
      "{" + members.map { "\(Self.quote($0.key)): \($0.value)" }.joined(separator: ", ") + "}"
    }
  }

  /// A text in double quotes.
  ///
  /// JSON wants the characters below 0x20 escaped; YAML does not admit other control characters either, and folds
  /// the line ends of Unicode.
  private static func quote(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

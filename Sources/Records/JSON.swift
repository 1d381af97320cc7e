import Foundation

/// A JSON value with one spelling only, on one line; all text in it can be read as YAML too.
///
/// Numbers that are not integers always show it, by a point or an exponent: whoever reads many such texts as a table sees one
/// type.
public indirect enum JSON: CustomStringConvertible, Sendable {
  /// No value.
  case null
  /// A truth value.
  case boolean(Bool)
  /// An integer.
  case integer(Int)
  /// A number in the fewest digits that give it back; null if it is not finite.
  case number(Double)
  /// A number in 17 significant digits; null if it is not finite.
  case precise(Double)
  /// A text.
  case text(String)
  /// Values in an order.
  case list([JSON])
  /// Members in the order they are written.
  case object([(key: String, value: JSON)])

  /// The JSON text, on one line.
  public var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    // JSON has no word for numbers that are none.
    case .number(let value): value.isFinite ? "\(value)" : "null"
    case .precise(let value): value.isFinite ? Self.precise(value) : "null"
    case .text(let value): Self.quote(value)
    case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    case .object(let members):
      "{" + members.map { "\(Self.quote($0.key)): \($0.value)" }.joined(separator: ", ") + "}"
    }
  }

  /// 17 significant digits, with a point where there is neither one nor an exponent.
  private static func precise(_ value: Double) -> String {
    let digits = String(format: "%.17g", value)
    return digits.contains { ".e".contains($0) } ? digits : digits + ".0"
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

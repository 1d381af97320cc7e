/// A word of a formula.
struct FormulaToken {
  enum Kind {
    case number(Double)
    case name(String)
    case symbol(Character)
    case end
  }

  var kind: Kind
  /// Where it begins, in characters from 1.
  var position: Int
  /// What it is called in messages.
  var text: String

  /// The words of a formula, and its end.
  static func all(of formula: String) throws(FormulaError) -> [FormulaToken] {
    // Of a text of gigabytes no more is looked at.
    guard formula.utf8.count <= 4 * Formula.lengthLimit, formula.count <= Formula.lengthLimit else {
      throw FormulaError(problem: "is longer than \(Formula.lengthLimit) characters")
    }
    let characters = Array(formula)
    var tokens: [FormulaToken] = []
    var index = 0
    func run(_ matches: (Character) -> Bool) -> String {
      String(characters[index...].prefix(while: matches))
    }
    while index < characters.count {
      let position = index + 1
      let character = characters[index]
      if character.isWhitespace {
        index += 1
      } else if isDigit(character) || character == "." {
        let text = number(characters, from: index)
        index += text.count
        guard let value = Double(text), value.isFinite else {
          throw FormulaError(position: position, problem: "\(text) is no number")
        }
        tokens.append(FormulaToken(kind: .number(value), position: position, text: text))
      } else if character.isLetter || character == "_" {
        let text = run { $0.isLetter || $0.isNumber || $0 == "_" }
        index += text.count
        tokens.append(FormulaToken(kind: .name(text), position: position, text: text))
      } else if let symbol = symbols[character] {
        index += 1
        // Python's power.
        if symbol == "*", index < characters.count, characters[index] == "*" {
          index += 1
          tokens.append(FormulaToken(kind: .symbol("^"), position: position, text: "**"))
        } else {
          tokens.append(FormulaToken(kind: .symbol(symbol), position: position, text: String(character)))
        }
      } else {
        throw FormulaError(
          position: position,
          problem: "found \(Self.shown(character)), expected a number, a name or one of + - * / ^ ( ) ,")
      }
    }
    tokens.append(FormulaToken(kind: .end, position: characters.count + 1, text: "the end"))
    return tokens
  }

  private static let symbols: [Character: Character] = [
    "+": "+", "-": "-", "−": "-", "*": "*", "·": "*", "/": "/", "^": "^", "(": "(", ")": ")", ",": ",",
  ]

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

  private static func shown(_ character: Character) -> String {
    let isPlain = character.unicodeScalars.allSatisfy {
      $0.value > 32 && $0.value != 127 && $0.properties.generalCategory != .control
    }
    return isPlain ? String(character) : "a control character"
  }

  /// Digits, perhaps with a point and a power of ten.
  private static func number(_ characters: [Character], from start: Int) -> String {
    var end = start
    while end < characters.count, isDigit(characters[end]) || characters[end] == "." { end += 1 }
    // 2e3 is a number, 2*e is not, and 2e a mistake that the parser tells.
    if end < characters.count, characters[end] == "e" || characters[end] == "E" {
      var digits = end + 1
      if digits < characters.count, characters[digits] == "-" || characters[digits] == "+" { digits += 1 }
      if digits < characters.count, isDigit(characters[digits]) {
        end = digits
        while end < characters.count, isDigit(characters[end]) { end += 1 }
      }
    }
    return String(characters[start..<end])
  }
}

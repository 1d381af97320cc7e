/// An element of an SVG picture: the same tree gives the same text, character by character.
struct SVGElement {
  let name: String
  let attributes: [(name: String, value: String)]
  /// Plain text, which comes before the children; it is escaped when written.
  let text: String
  var children: [SVGElement]

  init(
    _ name: String, _ attributes: [(name: String, value: String)] = [], text: String = "",
    children: [SVGElement] = []
  ) {
    self.name = name
    self.attributes = attributes
    self.text = text
    self.children = children
  }

  /// The element and what it holds, one element a line.
  var lines: [String] {
    let start = ([name] + attributes.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }).joined(
      separator: " ")
    guard !children.isEmpty else {
      return [text.isEmpty ? "<\(start)/>" : "<\(start)>\(Self.escaped(text))</\(name)>"]
    }
    return ["<\(start)>\(Self.escaped(text))"] + children.flatMap(\.lines) + ["</\(name)>"]
  }

  /// A text in which the characters that XML reserves or forbids are replaced.
  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

/// A place in a picture, in pixels from its upper left corner.
package struct PicturePoint: Equatable {
  package var x: Double
  package var y: Double

  /// Makes a point from coordinates in pixels, y downwards.
  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A length in pixels as a picture writes it: two decimals at most, so that the last bits of a platform's
/// logarithm do not show.
package func pixels(_ length: Double) -> String {
  let hundredths = Int((length * 100).rounded())
  let sign = hundredths < 0 ? "-" : ""
  let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
  guard rest > 0 else { return "\(sign)\(whole)" }
  guard rest % 10 > 0 else { return "\(sign)\(whole).\(rest / 10)" }
  return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
}

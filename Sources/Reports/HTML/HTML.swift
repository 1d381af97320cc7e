/// A piece of an HTML page; what is text is escaped once, when it becomes a piece.
package struct HTML: Sendable {
  /// The piece as it stands in the page.
  package let markup: String

  private init(markup: String) { self.markup = markup }

  /// Plain text.
  package init(_ text: String) {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\0"..<" " where character != "\n": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(character)
      }
    }
    markup = escaped
  }

  /// An element with its attributes and what it holds.
  package init(
    _ name: String, _ attributes: [(name: String, value: String)] = [], _ content: [HTML] = []
  ) {
    let start = ([name] + attributes.map { "\($0.name)=\"\(HTML($0.value).markup)\"" }).joined(separator: " ")
    // Elements of HTML that can hold nothing have no end; all others must have one. So written it is XML as well.
    markup =
      Self.voids.contains(name)
      ? "<\(start)/>" : "<\(start)>" + content.map(\.markup).joined() + "</\(name)>"
  }

  /// An element that holds a text.
  package init(_ name: String, _ attributes: [(name: String, value: String)] = [], text: String) {
    self.init(name, attributes, [HTML(text)])
  }

  private static let voids: Set = ["br", "hr", "img", "link", "meta"]

  /// The style of the page, which holds no foreign text.
  static func style(_ text: String) -> HTML { HTML(markup: "<style>\n\(text)</style>") }

  /// The whole of a page, with the declaration that browsers look for.
  static func document(_ content: [HTML]) -> String {
    "<!DOCTYPE html>\n" + HTML("html", [("lang", "en")], content).markup + "\n"
  }
}

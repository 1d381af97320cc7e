/// A value as the user wrote it, with its place.
package struct ConfigurationNode {
  /// A key with its value.
  package struct Entry {
    let key: String
    let place: ConfigurationPlace
    var value: ConfigurationNode
  }

  /// The three kinds of YAML nodes; a scalar has no type before somebody asks for one.
  package enum Content {
    /// A text; if it stands in quotes, it is nothing else.
    case scalar(String, isQuoted: Bool)
    case list([ConfigurationNode])
    case mapping([Entry])
  }

  package var content: Content
  package let place: ConfigurationPlace

  /// Whether there is nothing at all where a value should stand.
  package var isEmpty: Bool { plainText == "" }

  /// Whether the value is null in YAML's core schema (YAML 1.2.2, section 10.3.2).
  package var isNull: Bool {
    guard case .scalar(let text, isQuoted: false) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The text of a scalar that is not in quotes, from which numbers and truth values are read.
  package var plainText: String? {
    if case .scalar(let text, isQuoted: false) = content { text } else { nil }
  }

  /// What an error message says was found.
  package var summary: String {
    switch content {
    case .mapping: "a mapping"
    case .list: "a list"
    case .scalar where isNull: "nothing"
    case .scalar(let text, let isQuoted):
      (isQuoted ? "\"\(text.prefix(60))\"" : String(text.prefix(60))) + (text.count > 60 ? "…" : "")
    }
  }
}

/// Reads the values of one section, whose keys are the words of `Key`, and remembers where they stand.
///
/// A key that is left out, or whose value is `null`, reads as nil: `epochs = try reader.integer(.epochs) ?? epochs`. A key
/// without any value is a mistake: whoever writes `epochs:`, or `--set epochs=` with an unset variable behind it, means
/// something else than the default.
package struct ConfigurationReader<Key: ConfigurationKey> {
  /// The section's dotted key; empty for the whole configuration.
  private let path: String
  private let place: ConfigurationPlace
  private let entries: [ConfigurationNode.Entry]

  /// Opens a section whose keys are checked elsewhere.
  package init(unchecked node: ConfigurationNode, path: String = "") throws(ConfigurationError) {
    self.path = path
    place = node.place
    guard case .mapping(let entries) = node.content else {
      throw ConfigurationError(
        place, key: path.isEmpty ? nil : path, "found \(node.summary), expected a mapping")
    }
    self.entries = entries
    for entry in entries where entry.value.isEmpty {
      throw ConfigurationError(
        entry.place, key: name(of: entry.key), "has no value; give one, or leave the key out for its default")
    }
  }

  /// The keys of the section, in the order of the file.
  package var keys: [String] { entries.map(\.key) }

  /// Throws if the section has a key that is not one of `words`.
  package func requireKeys(among words: [String]) throws(ConfigurationError) {
    for entry in entries where !words.contains(entry.key) {
      throw ConfigurationError(
        entry.place, key: name(of: entry.key),
        "unknown key; \(suggestion(for: entry.key, among: words))")
    }
  }

  /// The value of a key; nil if it is left out or null.
  package func node(_ key: Key) -> ConfigurationNode? {
    let value = entries.first { $0.key == key.rawValue }?.value
    return value?.isNull == true ? nil : value
  }

  /// The subsection of a key; an empty one if it is left out.
  package func section<Child: ConfigurationWord>(
    _ key: Key
  ) throws(ConfigurationError) -> ConfigurationReader<Child> {
    try ConfigurationReader<Child>(sectionNode(key), path: name(of: key.rawValue))
  }

  /// The mapping of a key; an empty one if it is left out.
  package func sectionNode(_ key: Key) -> ConfigurationNode {
    node(key) ?? ConfigurationNode(content: .mapping([]), place: place.at(line: nil))
  }

  /// The subsection of a key; nil if it is left out.
  package func optionalSection<Child: ConfigurationWord>(_ key: Key) throws(ConfigurationError)
    -> ConfigurationReader<Child>?
  {
    if node(key) == nil { nil } else { try section(key) }
  }

  /// The error that a key's value is not right.
  package func error(_ key: Key, expected: String) -> ConfigurationError {
    error(key, "found \(node(key)?.summary ?? "nothing"), expected \(expected)")
  }

  /// Where a key's value stands, or its section if the key is left out.
  package func place(of key: Key) -> ConfigurationPlace {
    entries.first { $0.key == key.rawValue }?.value.place ?? place
  }

  /// An error at a key's place, or at its section's if the key is left out.
  package func error(_ key: Key, _ problem: String) -> ConfigurationError {
    ConfigurationError(place(of: key), key: name(of: key.rawValue), problem)
  }

  /// The error that an element of a key's list is not right.
  package func error(
    _ key: Key, element index: Int, _ node: ConfigurationNode, expected: String
  ) -> ConfigurationError {
    ConfigurationError(
      node.place, key: elementName(of: key, index), "found \(node.summary), expected \(expected)")
  }

  /// The dotted key of a key of this section.
  package func name(of key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }

  /// The dotted key of an element of a list.
  package func elementName(of key: Key, _ index: Int) -> String {
    "\(name(of: key.rawValue))[\(index)]"
  }
}

extension ConfigurationReader where Key: ConfigurationWord {
  /// Opens a section, and throws if it has a key that is not one of `Key`.
  package init(_ node: ConfigurationNode, path: String = "") throws(ConfigurationError) {
    try self.init(unchecked: node, path: path)
    try requireKeys(among: Key.words)
  }
}

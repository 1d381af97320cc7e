/// A change to a configuration from the command line: `KEY=VALUE`, with a dotted key and a value in YAML.
package struct ConfigurationOverride {
  private let path: [String]
  private let value: ConfigurationNode
  private let place: ConfigurationPlace

  /// Reads `text`, such as `optimizer.learning_rate=0.5` or `data={name: glyphs}`.
  package init(_ text: String) throws(ConfigurationError) {
    place = .override(text)
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !path.contains("") else {
      throw ConfigurationError(place, "expected KEY=VALUE, such as optimizer.learning_rate=0.1")
    }
    value =
      try ConfigurationNode(yaml: String(parts[1]), source: place)
      ?? ConfigurationNode(content: .scalar("", isQuoted: false), place: place)
  }

  /// Puts the value into `root`, in place of what stood there.
  package func apply(to root: inout ConfigurationNode) throws(ConfigurationError) {
    try set(path[...], in: &root)
  }

  private func set(_ remaining: ArraySlice<String>, in node: inout ConfigurationNode)
    throws(ConfigurationError)
  {
    guard let key = remaining.first else {
      node = value
      return
    }
    if node.isNull { node.content = .mapping([]) }
    guard case .mapping(var entries) = node.content else {
      let parent = path.dropLast(remaining.count).joined(separator: ".")
      throw ConfigurationError(
        place, key: parent.isEmpty ? nil : parent, "found \(node.summary), expected a mapping")
    }
    let index = entries.firstIndex { $0.key == key }
    var child = index.map { entries[$0].value } ?? ConfigurationNode(content: .mapping([]), place: place)
    try set(remaining.dropFirst(), in: &child)
    if let index {
      // What is replaced as a whole is the override's from now on; what is only reached into stays the file's.
      let keyPlace = remaining.count == 1 ? place : entries[index].place
      entries[index] = .init(key: key, place: keyPlace, value: child)
    } else {
      entries.append(.init(key: key, place: place, value: child))
    }
    node.content = .mapping(entries)
  }
}

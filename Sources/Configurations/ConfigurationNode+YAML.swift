import Yams

extension ConfigurationNode {
  /// Reads one YAML document; nil if there is nothing in the text but comments.
  ///
  /// A text may come from anybody, such as in a checkpoint: what its aliases would grow to is counted, not made, and lists
  /// in one another are followed so far only as any configuration needs.
  ///
  /// - Parameters:
  ///   - yaml: the text.
  ///   - source: the file or the override that it comes from.
  package init?(yaml: String, source: ConfigurationPlace) throws(ConfigurationError) {
    guard yaml.utf8.count <= Self.largestByteCount else {
      throw ConfigurationError(
        source,
        "the text has \(yaml.utf8.count) bytes; expected a configuration of at most \(Self.largestByteCount)")
    }
    let text = YAMLText(yaml)
    do {
      let parser = try Parser(yaml: text.composed, encoding: .utf8)
      // The parser owns the names of the anchors.
      let root = try withExtendedLifetime(parser) {
        try parser.singleRoot().map { root in
          var reader = YAMLNodeReader(text: text, source: source)
          return try reader.read(root, depth: 1)
        }
      }
      guard let root else { return nil }
      self = root.node
    } catch let error as ConfigurationError {
      throw error
    } catch let error as YamlError {
      throw ConfigurationError(error, text: text, source: source)
    } catch {
      throw ConfigurationError(source, "not YAML: \(error)")
    }
  }
}

/// A text in YAML, and the one that Yams composes in its stead.
///
/// Yams puts what an alias stands for wherever the alias stands, and compares keys that grew in this way: 400 bytes of
/// nested aliases take minutes and gigabytes. So the sign of an alias is replaced by a letter that the text has nowhere
/// else: each alias becomes a plain scalar that begins with it, which nothing else can.
struct YAMLText {
  /// What Yams composes.
  let composed: String
  /// What stands in place of `*`.
  let sign: Unicode.Scalar

  init(_ text: String) {
    let scalars = text.unicodeScalars
    let candidates = (0xE000...0xF8FF).lazy.compactMap { Unicode.Scalar($0 as Int) }
    // A text with all 6400 letters for private use has no alias then, but their first is taken for one.
    let sign = scalars.contains("*") ? candidates.first { !scalars.contains($0) } ?? "\u{E000}" : "\u{E000}"
    self.sign = sign
    // Yams keeps a pointer to the text's bytes: they must not be those of a short one, which lie on the stack.
    var composed = String()
    composed.reserveCapacity(max(64, text.utf8.count))
    composed.unicodeScalars.append(contentsOf: scalars.lazy.map { $0 == "*" ? sign : $0 })
    self.composed = composed
  }

  /// A part of the composed text as the user wrote it.
  func written(_ part: String) -> String {
    guard part.unicodeScalars.contains(sign) else { return part }
    return String(String.UnicodeScalarView(part.unicodeScalars.map { $0 == sign ? "*" : $0 }))
  }

  /// The name of the alias that a scalar stands for; nil if it stands for none.
  func alias(_ scalar: Node.Scalar) -> String? {
    guard scalar.style == .plain, scalar.string.unicodeScalars.first == sign else { return nil }
    return String(scalar.string.unicodeScalars.dropFirst())
  }
}

/// Makes a configuration's nodes of those of a text.
private struct YAMLNodeReader {
  /// The most lists and mappings in one another.
  static let largestDepth = 256
  /// The most nodes that all aliases of a text may add.
  static let largestAliasCount = 100_000

  /// A node with what there is in it, each alias counted as what it stands for.
  struct Sized {
    var node: ConfigurationNode
    /// The number of nodes.
    var count: Int
    /// How many are in one another.
    var depth: Int
  }

  let text: YAMLText
  let source: ConfigurationPlace
  private var anchors: [String: Sized] = [:]
  private var aliasCount = 0

  init(text: YAMLText, source: ConfigurationPlace) {
    (self.text, self.source) = (text, source)
  }

  /// Reads a node, `depth` of which are in one another with it.
  mutating func read(_ node: Node, depth: Int) throws(ConfigurationError) -> Sized {
    let place = source.at(line: node.mark?.line)
    guard depth <= Self.largestDepth else { throw tooDeep(place) }
    var sized = Sized(node: ConfigurationNode(content: .list([]), place: place), count: 1, depth: 1)
    switch node {
    case .scalar(let scalar):
      if let name = text.alias(scalar) { return try expand(name, at: place, depth: depth) }
      sized.node.content = .scalar(
        text.written(scalar.string), isQuoted: ![.any, .plain].contains(scalar.style))
    case .sequence(let elements):
      var list: [ConfigurationNode] = []
      for element in elements { list.append(try read(element, inside: &sized, depth: depth)) }
      sized.node.content = .list(list)
    case .mapping(let mapping):
      var entries: [Entry] = []
      for (key, value) in mapping {
        let keyPlace = source.at(line: key.mark?.line)
        guard case .scalar = key,
          case .scalar(let name, _) = try read(key, inside: &sized, depth: depth).content
        else {
          throw ConfigurationError(keyPlace, "found a list or a mapping as a key, expected a name")
        }
        let value = try read(value, inside: &sized, depth: depth)
        entries.append(Entry(key: name, place: keyPlace, value: value))
      }
      try requireDifferent(entries)
      sized.node.content = .mapping(entries)
    case .alias(let alias):
      throw ConfigurationError(place, "found the alias \(alias.anchor.rawValue) of nothing")
    }
    if let anchor = node.anchor { anchors[anchor.rawValue] = sized }
    return sized
  }

  private typealias Entry = ConfigurationNode.Entry

  /// Reads a node that belongs to `parent`.
  private mutating func read(
    _ node: Node, inside parent: inout Sized, depth: Int
  ) throws(ConfigurationError) -> ConfigurationNode {
    let child = try read(node, depth: depth + 1)
    // Neither overflows: the text's own nodes are in memory, and those of aliases are bounded.
    parent.count += child.count
    parent.depth = max(parent.depth, child.depth + 1)
    return child.node
  }

  /// What an alias stands for.
  private mutating func expand(
    _ name: String, at place: ConfigurationPlace, depth: Int
  ) throws(ConfigurationError) -> Sized {
    guard let target = anchors[name] else {
      throw ConfigurationError(place, "not YAML: found undefined alias")
    }
    guard depth + target.depth - 1 <= Self.largestDepth else { throw tooDeep(place) }
    aliasCount += target.count
    guard aliasCount <= Self.largestAliasCount else {
      throw ConfigurationError(
        place,
        "with the alias *\(name) the aliases of the text stand for more than \(Self.largestAliasCount) values; "
          + "expected a configuration")
    }
    return target
  }

  /// Requires that no two keys of a mapping are the same, as two aliases can be.
  private func requireDifferent(_ entries: [Entry]) throws(ConfigurationError) {
    var known: Set<String> = []
    for entry in entries where !known.insert(entry.key).inserted {
      throw ConfigurationError(entry.place, "duplicate key \"\(entry.key)\"")
    }
  }

  private func tooDeep(_ place: ConfigurationPlace) -> ConfigurationError {
    ConfigurationError(
      place, "more than \(Self.largestDepth) lists and mappings inside one another; expected a configuration")
  }
}

extension ConfigurationError {
  /// Tells the parser's error in one line.
  fileprivate init(_ error: YamlError, text: YAMLText, source: ConfigurationPlace) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      // The parser notices a mistake where it cannot go on; what it was reading then began at the context.
      let began = context.map { context in
        if source.at(line: context.mark.line) == source.at(line: mark.line) { return "\(context.text), " }
        return "\(context.text) from line \(context.mark.line) on, "
      }
      self.init(source.at(line: mark.line), "not YAML: \(began ?? "")\(problem)")
    case .composer(nil, let problem, let mark, _):
      self.init(source.at(line: mark.line), "not YAML: \(problem)")
    case .composer(_, _, let mark, _):
      self.init(source.at(line: mark.line), "found another YAML document, expected one only")
    case .reader(let problem, let offset, _, let text):
      let line = offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
      self.init(source.at(line: line), "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      self.init(source.at(line: context.mark.line), "duplicate key \"\(text.written(keys.first ?? ""))\"")
    default:
      self.init(source, "not YAML: \(error)")
    }
  }
}

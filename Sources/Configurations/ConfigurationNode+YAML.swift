import Yams

extension ConfigurationNode {
  /// Reads one YAML document; nil if there is nothing in the text but comments.
  ///
  /// - Parameters:
  ///   - yaml: the text.
  ///   - source: the file or the override that it comes from.
  package init?(yaml: String, source: ConfigurationPlace) throws(ConfigurationError) {
    let root: Node?
    do {
      root = try compose(yaml: yaml, .default, .default, .utf8)
    } catch let error as YamlError {
      throw ConfigurationError(error, source: source)
    } catch {
      throw ConfigurationError(source, "not YAML: \(error)")
    }
    guard let root else { return nil }
    try self.init(root, source: source)
  }

  private init(_ node: Node, source: ConfigurationPlace) throws(ConfigurationError) {
    place = source.at(line: node.mark?.line)
    switch node {
    case .scalar(let scalar):
      content = .scalar(scalar.string, isQuoted: ![.any, .plain].contains(scalar.style))
    case .sequence(let elements):
      var list: [ConfigurationNode] = []
      for element in elements { list.append(try ConfigurationNode(element, source: source)) }
      content = .list(list)
    case .mapping(let mapping):
      var entries: [Entry] = []
      for (key, value) in mapping {
        let keyPlace = source.at(line: key.mark?.line)
        guard case .scalar(let name) = key else {
          throw ConfigurationError(keyPlace, "found a list or a mapping as a key, expected a name")
        }
        let value = try ConfigurationNode(value, source: source)
        entries.append(Entry(key: name.string, place: keyPlace, value: value))
      }
      content = .mapping(entries)
    case .alias(let alias):
      throw ConfigurationError(place, "found the alias \(alias.anchor.rawValue) of nothing")
    }
  }
}

extension ConfigurationError {
  /// Tells the parser's error in one line.
  fileprivate init(_ error: YamlError, source: ConfigurationPlace) {
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
      self.init(source.at(line: context.mark.line), "duplicate key \"\(keys.first ?? "")\"")
    default:
      self.init(source, "not YAML: \(error)")
    }
  }
}

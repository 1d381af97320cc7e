public import Configurations
import Mistakes
import Records

/// The keys of a section of a configuration that belong to what it names: a model, a data set, or an update rule.
///
/// Whoever is named asks for its keys with their defaults, and so makes them known: a key that nobody has asked for is a
/// mistake of the user, and all that was asked for, defaults included, goes into the record of the experiment.
///
/// ```swift
/// program.registry.models["wide-lenet"] = { options in
///   WideLeNet(classes: try options.integer("classes", default: 10, in: 2...1000), width: try options.integer("width", default: 2))
/// }
/// ```
public final class SectionOptions {
  /// A key that is known only when it is asked for.
  struct OptionKey: ConfigurationKey {
    var rawValue: String
  }

  let reader: ConfigurationReader<OptionKey>
  private let node: ConfigurationNode
  private let path: String
  /// The keys that all sections of a kind have.
  private let common: [String]
  /// The keys that have a meaning, in the order they were asked for.
  var asked: [String] = []
  /// The keys that are let pass without a meaning.
  private var ignored: [String] = []
  var members: [String: JSON] = [:]
  /// What stands at keys that no bit depends on.
  private(set) var machineMembers: [String: JSON] = [:]
  /// The sections that were opened below this one.
  private var sections: [String: SectionOptions] = [:]

  init(_ node: ConfigurationNode, path: String, common: [String] = []) throws(ConfigurationError) {
    reader = try ConfigurationReader(unchecked: node, path: path)
    (self.node, self.path, self.common) = (node, path, common)
  }

  // MARK: - Values

  /// An integer in `range`.
  ///
  /// - Throws: `ConfigurationError` if the value is none.
  public func integer(
    _ key: String, default initial: Int, in range: ClosedRange<Int> = 1...Int(Int32.max)
  ) throws(ConfigurationError) -> Int {
    require(range.contains(initial), "the default \(initial) of \(key) is not in \(range)")
    return try read(key, JSON.integer) { key throws(ConfigurationError) in
      try reader.integer(key, in: range)
    } ?? record(key, initial, JSON.integer)
  }

  /// An integer in `range`; nil if the key is left out.
  ///
  /// - Throws: `ConfigurationError` if the value is none.
  public func integer(
    _ key: String, in range: ClosedRange<Int> = 1...Int(Int32.max)
  ) throws(ConfigurationError) -> Int? {
    try read(key, JSON.integer) { key throws(ConfigurationError) in try reader.integer(key, in: range) }
  }

  /// An integer in `range` that no bit depends on: it does not become part of the experiment.
  ///
  /// - Throws: `ConfigurationError` if the value is none.
  public func machineInteger(
    _ key: String, default initial: Int, in range: ClosedRange<Int> = 1...Int(Int32.max)
  ) throws(ConfigurationError) -> Int {
    require(range.contains(initial), "the default \(initial) of \(key) is not in \(range)")
    asked.append(key)
    let value = try reader.integer(OptionKey(rawValue: key), in: range) ?? initial
    machineMembers[key] = .integer(value)
    return value
  }

  /// A finite number in the range of single precision that `requirement` admits; nil if the key is left out.
  ///
  /// - Throws: `ConfigurationError` if the value is none.
  public func number(
    _ key: String, _ requirement: NumberRequirement = .any
  ) throws(ConfigurationError) -> Double? {
    try read(key, JSON.number) { key throws(ConfigurationError) in try reader.number(key, requirement) }
  }

  /// A list of at least one text; nil if the key is left out.
  ///
  /// - Throws: `ConfigurationError` if the value is none.
  public func texts(_ key: String) throws(ConfigurationError) -> [String]? {
    let json = { (values: [String]) in JSON.list(values.map(JSON.text)) }
    return try read(key, json) { key throws(ConfigurationError) in
      try reader.texts(key, expected: "a list of texts, such as [cat, dog]")?.map(\.text)
    }
  }

  /// A finite number in the range of single precision that `requirement` admits.
  ///
  /// - Throws: `ConfigurationError` if the value is none.
  public func number(
    _ key: String, default initial: Double, _ requirement: NumberRequirement = .any
  ) throws(ConfigurationError) -> Double {
    require(requirement.admits(initial), "the default \(initial) of \(key) is not \(requirement)")
    return try read(key, JSON.number) { key throws(ConfigurationError) in
      try reader.number(key, requirement)
    } ?? record(key, initial, JSON.number)
  }

  /// A number that must not be left out, as `number(_:default:_:)` reads it.
  ///
  /// - Parameter synonym: another spelling of the key; it is recorded under `key`.
  /// - Throws: `ConfigurationError` if the value is none or is missing, or if both spellings are there.
  public func requiredNumber(
    _ key: String, synonym: String? = nil, _ requirement: NumberRequirement = .any
  ) throws(ConfigurationError) -> Double {
    asked.append(key)
    var written = key
    if let synonym {
      asked.append(synonym)
      if isGiven(synonym) {
        guard !isGiven(key) else { throw error(synonym, "found together with \(key), expected one of them") }
        written = synonym
      }
    }
    if !isGiven(written) { try requireNotMisspelled(among: common + asked) }
    let value = try reader.requiredNumber(OptionKey(rawValue: written), requirement)
    return record(key, value, JSON.number)
  }

  /// Numbers in the range of single precision, as many as the default has, each of which `requirement` admits.
  ///
  /// - Throws: `ConfigurationError` if the value is no such list.
  public func numbers(
    _ key: String, default initial: [Double], _ requirement: NumberRequirement = .any
  ) throws(ConfigurationError) -> [Double] {
    let json = { (values: [Double]) in JSON.list(values.map(JSON.number)) }
    let values = try read(key, json) { key throws(ConfigurationError) in
      try reader.vector(key, requirement, in: .single)
    }
    guard let values else { return record(key, initial, json) }
    guard values.count == initial.count else {
      throw error(key, "found a list of \(values.count), expected \(initial.count) numbers")
    }
    return values
  }

  /// `true` or `false`.
  ///
  /// - Throws: `ConfigurationError` if the value is none of them.
  public func boolean(_ key: String, default initial: Bool) throws(ConfigurationError) -> Bool {
    try read(key, JSON.boolean) { key throws(ConfigurationError) in try reader.boolean(key) }
      ?? record(key, initial, JSON.boolean)
  }

  /// A text; nil if the key is left out.
  ///
  /// - Throws: `ConfigurationError` if the value is a list or a mapping.
  public func text(_ key: String) throws(ConfigurationError) -> String? {
    try read(key, JSON.text) { key throws(ConfigurationError) in try reader.text(key) }
  }

  /// One of the words that are the raw values of an enumeration.
  ///
  /// - Throws: `ConfigurationError` if the value is none, with the nearest word.
  public func word<Word: RawRepresentable & CaseIterable & Equatable>(
    _ key: String, default initial: Word
  ) throws(ConfigurationError) -> Word where Word.RawValue == String {
    let json = { (word: Word) in JSON.text(word.rawValue) }
    return try read(key, json) { key throws(ConfigurationError) in try reader.word(key) }
      ?? record(key, initial, json)
  }

  /// The keys of a section below; nil if it is left out.
  ///
  /// - Throws: `ConfigurationError` if the value is no mapping.
  public func section(_ key: String) throws(ConfigurationError) -> SectionOptions? {
    asked.append(key)
    if let section = sections[key] { return section }
    guard let node = reader.node(OptionKey(rawValue: key)) else { return nil }
    let section = try SectionOptions(node, path: reader.name(of: key))
    sections[key] = section
    return section
  }

  /// The error that a key's value is not right.
  ///
  /// - Parameters:
  ///   - key: the key, at whose line the error stands.
  ///   - problem: what was found and what would be right: "missing; expected the folder with the files".
  public func error(_ key: String, _ problem: String) -> ConfigurationError {
    reader.error(OptionKey(rawValue: key), problem)
  }

  // MARK: - Inside the program

  /// Whether the user gave the key.
  func isGiven(_ key: String) -> Bool { reader.node(OptionKey(rawValue: key)) != nil }

  /// A name, which must be given where there is no default.
  func name(
    among names: [String], key: String, default initial: String? = nil
  ) throws(ConfigurationError) -> String {
    let optionKey = OptionKey(rawValue: key)
    guard let name = try text(key) else {
      if let initial { return record(key, initial, JSON.text) }
      try requireNotMisspelled(among: common)
      throw reader.error(optionKey, "missing; expected \(expectation(of: names))")
    }
    guard names.contains(name) else {
      throw reader.error(optionKey, "found \(name); \(suggestion(for: name, among: names))")
    }
    return name
  }

  /// What stands at a key, as it was written; `json` is its record.
  func node(_ key: String, json: (ConfigurationNode) throws(ConfigurationError) -> JSON)
    throws(ConfigurationError)
    -> ConfigurationNode?
  {
    asked.append(key)
    guard let node = reader.node(OptionKey(rawValue: key)) else { return nil }
    members[key] = try json(node)
    return node
  }

  /// Lets a key pass that has no meaning, as long as it has this value: older checkpoints hold it.
  func ignore(_ key: String, of value: String) {
    if case .scalar(value, _)? = reader.node(OptionKey(rawValue: key))?.content { ignored.append(key) }
  }

  /// What stands in the record for a key; nil if nobody has asked for it.
  func recorded(_ key: String) -> JSON? { members[key] }

  /// Makes what the section names, which asks for its keys; then no other key may be there.
  ///
  /// - Parameters:
  ///   - name: what the section names.
  ///   - names: all that it could name, whose keys are known for the message about one that belongs to another.
  ///   - maker: makes what a name stands for; nil for an unknown name.
  func make<Result>(
    _ name: String, among names: [String], _ maker: (String, SectionOptions) throws -> Result?
  ) throws(ConfigurationError) -> Result {
    let result: Result?
    do {
      result = try maker(name, self)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw reader.error(OptionKey(rawValue: "name"), "\(error)")
    }
    guard let result else { unreachable("the registry lost a name") }
    for key in reader.keys where !knows(key) {
      var owners: [String] = []
      for other in names where other != name {
        let options = try SectionOptions(node, path: path, common: common)
        _ = try? maker(other, options)
        if options.asked.contains(key) { owners.append(other) }
      }
      guard owners.isEmpty else {
        throw error(
          key, "belongs to \(owners.joined(separator: ", ")), but \(reader.name(of: "name")) is \(name)")
      }
    }
    try requireNoOtherKeys()
    return result
  }

  /// All that was asked for, defaults included, keys sorted.
  var json: JSON { json(without: []) }

  /// All that was asked for but `keys`, defaults included, keys sorted.
  func json(without keys: [String]) -> JSON {
    let all = members.merging(sections.mapValues(\.json)) { $1 }.filter { !keys.contains($0.key) }
    return .object(all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  private func knows(_ key: String) -> Bool { [common, asked, ignored].joined().contains(key) }

  private func requireNoOtherKeys() throws(ConfigurationError) {
    var words: [String] = []
    for word in common + asked where !words.contains(word) { words.append(word) }
    for key in reader.keys where !knows(key) { try reader.requireKeys(among: words + ignored) }
    for section in sections.values { try section.requireNoOtherKeys() }
  }

  /// Throws if a key looks like a misspelling of one of `words`: then that one is not simply missing.
  private func requireNotMisspelled(among words: [String]) throws(ConfigurationError) {
    try reader.requireKeys(among: words + reader.keys.filter { nearestWord(to: $0, among: words) == nil })
  }

  private func read<Value>(
    _ key: String, _ json: (Value) -> JSON, _ value: (OptionKey) throws(ConfigurationError) -> Value?
  ) throws(ConfigurationError) -> Value? {
    asked.append(key)
    guard let value = try value(OptionKey(rawValue: key)) else { return nil }
    return record(key, value, json)
  }

  func record<Value>(_ key: String, _ value: Value, _ json: (Value) -> JSON) -> Value {
    members[key] = json(value)
    return value
  }
}

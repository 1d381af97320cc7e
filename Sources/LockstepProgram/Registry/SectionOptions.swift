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

  private let reader: ConfigurationReader<OptionKey>
  private let common: [String]
  /// What the section names.
  private var named: String?
  private var asked: [String] = []
  private var members: [String: JSON] = [:]
  /// The sections that were opened below this one.
  private var sections: [String: SectionOptions] = [:]

  init(_ node: ConfigurationNode, path: String, common: [String] = []) throws(ConfigurationError) {
    reader = try ConfigurationReader(unchecked: node, path: path)
    self.common = common
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
  /// - Parameter synonym: another spelling of the key.
  /// - Throws: `ConfigurationError` if the value is none or is missing.
  public func requiredNumber(
    _ key: String, synonym: String? = nil, _ requirement: NumberRequirement = .any
  ) throws(ConfigurationError) -> Double {
    if let synonym {
      asked.append(synonym)
      guard !isGiven(synonym) || !isGiven(key) else {
        throw reader.error(
          OptionKey(rawValue: synonym), "says the same as \(reader.name(of: key)); give one of them")
      }
    }
    let written = synonym.flatMap { isGiven($0) && !isGiven(key) ? $0 : nil } ?? key
    asked.append(key)
    let value = try reader.requiredNumber(OptionKey(rawValue: written), requirement)
    return record(key, value, JSON.number)
  }

  /// Numbers, as many as the default has.
  ///
  /// - Throws: `ConfigurationError` if the value is no such list.
  public func numbers(
    _ key: String, default initial: [Double], _ requirement: NumberRequirement = .any
  ) throws(ConfigurationError) -> [Double] {
    let json = { (values: [Double]) in JSON.list(values.map(JSON.number)) }
    let values = try read(key, json) { key throws(ConfigurationError) in try reader.vector(key) }
    guard let values else { return record(key, initial, json) }
    guard values.count == initial.count, values.allSatisfy(requirement.admits) else {
      throw reader.error(
        OptionKey(rawValue: key), expected: "\(initial.count) numbers, each \(requirement.description)")
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

  /// The integer that was read for a key; nil if nobody asked for it.
  func askedInteger(_ key: String) -> Int? {
    if case .integer(let value)? = members[key] { value } else { nil }
  }

  /// A required name, whose keys all others are.
  ///
  /// - Parameter initial: the name where none is given; nil if one is required.
  func name(
    among names: [String], key: String, default initial: String? = nil
  ) throws(ConfigurationError) -> String {
    let optionKey = OptionKey(rawValue: key)
    let given = try read(key, JSON.text) { key throws(ConfigurationError) in try reader.text(key) }
    guard let name = given ?? initial.map({ record(key, $0, JSON.text) }) else {
      throw reader.error(optionKey, "missing; expected \(expectation(of: names))")
    }
    guard names.contains(name) else {
      throw reader.error(optionKey, "found \(name); \(suggestion(for: name, among: names))")
    }
    named = name
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

  /// Makes what the section names, which asks for its keys; then no other key may be there.
  func make<Result>(
    _ make: (SectionOptions) throws -> Result?
  ) throws(ConfigurationError) -> Result {
    let result: Result?
    do {
      result = try make(self)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw reader.error(OptionKey(rawValue: "name"), "\(error)")
    }
    guard let result else { unreachable("the registry lost a name") }
    try requireNoOtherKeys()
    return result
  }

  /// All that was asked for, defaults included, keys sorted.
  var json: JSON {
    let nested = sections.mapValues(\.json)
    return .object(members.merging(nested) { $1 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  private func requireNoOtherKeys() throws(ConfigurationError) {
    var words: [String] = []
    for word in common + asked where !words.contains(word) { words.append(word) }
    try reader.requireKeys(among: words, of: named)
    for section in sections.values { try section.requireNoOtherKeys() }
  }

  private func read<Value>(
    _ key: String, _ json: (Value) -> JSON, _ value: (OptionKey) throws(ConfigurationError) -> Value?
  ) throws(ConfigurationError) -> Value? {
    asked.append(key)
    guard let value = try value(OptionKey(rawValue: key)) else { return nil }
    return record(key, value, json)
  }

  private func record<Value>(_ key: String, _ value: Value, _ json: (Value) -> JSON) -> Value {
    members[key] = json(value)
    return value
  }
}

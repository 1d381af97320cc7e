import Configurations
import LockstepProgram
import Mistakes
import NeuralNetworks
import Records
import Synchronization
import Testing

/// What a maker of a model, an update rule or a data set asks for its keys.
@Suite struct SectionOptionsTests {
  private enum Size: String, CaseIterable {
    case small, large
  }

  /// Reads the section `model` of `x.yaml`, whose line 2 are `keys`, with a maker that is `read`.
  private func section(
    _ keys: String, _ read: @escaping @Sendable (SectionOptions) throws -> Void
  ) throws -> Configuration {
    var registry = Registry.standard
    registry.models["own"] = { options in
      try read(options)
      return Flatten()
    }
    return try Configuration.parse(
      "data: {name: glyphs}\nmodel: {name: own\(keys.isEmpty ? "" : ", ")\(keys)}\n", source: "x.yaml",
      registry: registry)
  }

  /// The value that a maker reads, and the section's record without what all models have.
  private func read<Value: Sendable>(
    _ keys: String, _ value: @escaping @Sendable (SectionOptions) throws -> Value
  ) throws -> (value: Value?, record: String) {
    let found = Mutex<Value?>(nil)
    let configuration = try section(keys) { options in
      let value = try value(options)
      found.withLock { $0 = value }
    }
    guard case .object(let members)? = configuration.json["model"] else { return (nil, "") }
    let own = members.filter { !["classes", "initialization", "name"].contains($0.key) }
    return (found.withLock { $0 }, JSON.object(own).description)
  }

  private func mistake(
    _ keys: String, _ read: @escaping @Sendable (SectionOptions) throws -> Void
  ) throws -> String {
    try #require(throws: ConfigurationError.self) { _ = try section(keys, read) }.description
  }

  @Test("integers")
  func integers() throws {
    #expect(try read("") { try $0.integer("k", default: 3) } == (3, #"{"k": 3}"#))
    #expect(try read("k: 4") { try $0.integer("k", default: 3) } == (4, #"{"k": 4}"#))
    #expect(try read("k: null") { try $0.integer("k", default: 3) } == (3, #"{"k": 3}"#))
    #expect(try read("k: -4") { try $0.integer("k", in: -5...0) } == (-4, #"{"k": -4}"#))
    #expect(try read("") { try $0.integer("k") } == (.some(nil), "{}"))
    #expect(
      try mistake("k: 0") { _ = try $0.integer("k") }
        == "x.yaml:2: model.k: found 0, expected an integer from 1 to 2147483647")
    #expect(
      try mistake("k: 9") { _ = try $0.integer("k", default: 3, in: 2...8) }
        == "x.yaml:2: model.k: found 9, expected an integer from 2 to 8")
  }

  @Test("numbers")
  func number() throws {
    #expect(try read("") { try $0.number("k", default: 0.5) } == (0.5, #"{"k": 0.5}"#))
    #expect(try read("k: 1e-4") { try $0.number("k", default: 0.5) } == (1e-4, #"{"k": 0.0001}"#))
    #expect(
      try mistake("k: 0") { _ = try $0.number("k", default: 1, .positive) }
        == "x.yaml:2: model.k: found 0, expected a number greater than 0")
    #expect(
      try mistake("k: 1e39") { _ = try $0.number("k", default: 1) }
        == "x.yaml:2: model.k: found 1e39, expected a number in the range of float32")
    let even = NumberRequirement(description: "an even number") { $0.remainder(dividingBy: 2) == 0 }
    #expect(
      try mistake("k: 3") { _ = try $0.number("k", default: 2, even) }
        == "x.yaml:2: model.k: found 3, expected an even number")
  }

  @Test("required numbers, with two spellings of a key")
  func requiredNumber() throws {
    let std: @Sendable (SectionOptions) throws -> Double = { options in
      try options.requiredNumber("std", synonym: "deviation", .positive)
    }
    #expect(try read("std: 2") { try std($0) } == (2, #"{"std": 2.0}"#))
    #expect(try read("deviation: 2") { try std($0) } == (2, #"{"std": 2.0}"#))
    #expect(try read("std: null, deviation: 2") { try std($0) } == (2, #"{"std": 2.0}"#))
    #expect(
      try mistake("") { _ = try std($0) } == "x.yaml: model.std: missing; expected a number greater than 0"
        || mistake("") { _ = try std($0) } == "x.yaml:2: model.std: missing; expected a number greater than 0"
    )
    #expect(
      try mistake("deviation: 0") { _ = try std($0) }
        == "x.yaml:2: model.deviation: found 0, expected a number greater than 0")
    for keys in ["std: 1, deviation: 2", "deviation: 2, std: 2"] {
      #expect(
        try mistake(keys) { _ = try std($0) }
          == "x.yaml:2: model.deviation: found together with std, expected one of them")
    }
    #expect(
      try mistake("x: 1, std: 2") { _ = try std($0) }
        == "x.yaml:2: model.x: unknown key; expected one of name, initialization, freeze, reset, freeze_statistics, "
        + "initial_weights, std, deviation")
  }

  @Test("lists of numbers")
  func numbers() throws {
    let pair: @Sendable (SectionOptions) throws -> [Double] = { options in
      try options.numbers("k", default: [0.5, 0.25], .notNegative)
    }
    #expect(try read("") { try pair($0) } == ([0.5, 0.25], #"{"k": [0.5, 0.25]}"#))
    #expect(try read("k: [1, 0]") { try pair($0) } == ([1, 0], #"{"k": [1.0, 0.0]}"#))
    for (keys, problem) in [
      ("k: [1]", "k: found a list of 1, expected 2 numbers"),
      ("k: [1, 2, 3]", "k: found a list of 3, expected 2 numbers"),
      ("k: []", "k: found a list, expected a list of numbers"),
      ("k: 1", "k: found 1, expected a list of numbers"),
      ("k: [1, -1]", "k[1]: found -1, expected a number of at least 0"),
      ("k: [.nan, 1]", "k[0]: found .nan, expected a finite number"),
      ("k: ['1', 1]", #"k[0]: found "1", expected a finite number"#),
    ] {
      #expect(try mistake(keys) { _ = try pair($0) } == "x.yaml:2: model.\(problem)")
    }
  }

  @Test("truth values, texts and words")
  func scalars() throws {
    #expect(try read("") { try $0.boolean("k", default: true) } == (true, #"{"k": true}"#))
    #expect(try read("k: false") { try $0.boolean("k", default: true) } == (false, #"{"k": false}"#))
    #expect(
      try mistake("k: 1") { _ = try $0.boolean("k", default: true) }
        == "x.yaml:2: model.k: found 1, expected true or false")
    #expect(try read("") { try $0.text("k") } == (.some(nil), "{}"))
    #expect(try read("k: 'a b'") { try $0.text("k") } == ("a b", #"{"k": "a b"}"#))
    #expect(
      try mistake("k: [a]") { _ = try $0.text("k") } == "x.yaml:2: model.k: found a list, expected a text")
    #expect(try read("") { try $0.word("k", default: Size.large) } == (.large, #"{"k": "large"}"#))
    #expect(try read("k: small") { try $0.word("k", default: Size.large) } == (.small, #"{"k": "small"}"#))
    #expect(
      try mistake("k: smal") { _ = try $0.word("k", default: Size.large) }
        == #"x.yaml:2: model.k: found smal; did you mean "small"?"#)
    #expect(
      try mistake("k: tiny") { _ = try $0.word("k", default: Size.large) }
        == "x.yaml:2: model.k: found tiny; expected one of small, large")
  }

  @Test("sections below, with keys of their own")
  func sections() throws {
    let nested: @Sendable (SectionOptions) throws -> Int? = { options in
      try options.section("outer").map { outer in
        _ = try outer.section("inner")?.text("word")
        return try outer.integer("count", default: 1)
      }
    }
    #expect(try read("") { try nested($0) } == (.some(nil), "{}"))
    #expect(try read("outer: null") { try nested($0) } == (.some(nil), "{}"))
    #expect(try read("outer: {}") { try nested($0) } == (1, #"{"outer": {"count": 1}}"#))
    #expect(
      try read("outer: {inner: {word: a}, count: 2}") { try nested($0) }
        == (2, #"{"outer": {"count": 2, "inner": {"word": "a"}}}"#))
    for (keys, problem) in [
      ("outer: 3", "outer: found 3, expected a mapping"),
      ("outer: {cuont: 3}", #"outer.cuont: unknown key; did you mean "count"?"#),
      ("outer: {inner: {x: 3}}", "outer.inner.x: unknown key; expected word"),
      (
        "outer: {inner: {word: }}",
        "outer.inner.word: has no value; give one, or leave the key out for its default"
      ),
      ("outer: {count: 0}", "outer.count: found 0, expected an integer from 1 to 2147483647"),
    ] {
      #expect(try mistake(keys) { _ = try nested($0) } == "x.yaml:2: model.\(problem)")
    }
  }

  @Test("what a maker itself finds wrong is told with the key, or with the name")
  func ownErrors() throws {
    #expect(
      try mistake("k: 3") { options in
        let k = try options.integer("k", default: 1)
        throw options.error("k", "found \(k), expected an odd number of my choice")
      } == "x.yaml:2: model.k: found 3, expected an odd number of my choice")
    #expect(
      try mistake("") { _ in throw UserMistake("no GPU here") } == "x.yaml:2: model.name: no GPU here")
  }
}

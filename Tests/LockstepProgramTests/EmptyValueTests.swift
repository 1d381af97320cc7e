import Configurations
import LockstepProgram
import Records
import Testing

/// A key without a value is a mistake in every section; only `null` means that a key is left out.
@Suite struct EmptyValueTests {
  private static let problem = "has no value; give one, or leave the key out for its default"

  /// A complete configuration, a key a line, and how it is read.
  struct Document: Sendable, CustomTestStringConvertible {
    let lines: [String]
    /// By line, the dotted key on it.
    let keys: [String]
    let isMinimization: Bool
    let testDescription: String

    init(_ name: String, _ json: JSON, isMinimization: Bool) {
      lines = json.yaml()
      var sections: [String] = []
      keys = lines.map { line in
        let depth = line.prefix { $0 == " " }.count / 2
        sections = sections.prefix(depth) + [String(line.drop { $0 == " " }.prefix { $0 != ":" })]
        return sections.joined(separator: ".")
      }
      (self.isMinimization, testDescription) = (isMinimization, name)
    }

    /// The complete form of what a changed document says.
    func parse(_ lines: [String], _ overrides: String...) throws(ConfigurationError) -> String {
      let text = lines.joined(separator: "\n")
      return isMinimization
        ? try MinimizationConfiguration.parse(text, source: "x.yaml", overrides: overrides).canonicalJSON
        : try Configuration.parse(text, source: "x.yaml", overrides: overrides).json.description
    }

    /// The lines without a key and what stands below it, or with another value in its place.
    func replacing(_ key: String, by value: String?) -> [String] {
      let parent = key.split(separator: ".").dropLast().joined(separator: ".")
      let isOnly = keys.count { $0.hasPrefix(parent + ".") } == keys.count { ($0 + ".").hasPrefix(key + ".") }
      return zip(lines, keys).compactMap { line, found in
        if found.hasPrefix(key + ".") { return nil }
        let name = line.prefix { $0 != ":" }
        if found == key { return value.map { "\(name):\($0)" } }
        // A section that has lost its only key is an empty one.
        return value == nil && isOnly && found == parent ? "\(name): {}" : line
      }
    }
  }

  static func documents() throws -> [Document] {
    let trainings = [
      "model: {name: lenet}\ndata: {name: glyphs, normalize: {mean: 0.5, std: 0.25}, augment: {flip: true}, resize: 28}",
      """
      model: {name: sequential, layers: [flatten, {linear: 10}]}
      data: {name: idx, path: here, train_samples: 1}
      optimizer: {name: adamw, schedule: {name: cosine, warmup_epochs: 1}}
      reduction: {bucket_bytes: 64, ranks_per_host: 2}
      """,
      "model: {name: resnet18}\ndata: {name: cifar10, path: a}\noptimizer: {schedule: {name: step, epochs: [2]}}",
    ]
    let files = try shippedFiles(in: "minimize")
    return try trainings.enumerated().map { index, text in
      Document(
        "training \(index)", try Configuration.parse(text, source: "x.yaml").json, isMinimization: false)
    }
      + files.map { file in
        Document(file, try MinimizationConfiguration.load(path: shipped(file)).json, isMinimization: true)
      }
  }

  @Test("in a file the key and its line are named, whatever the section", arguments: try documents())
  func inFile(document: Document) throws {
    _ = try document.parse(document.lines)
    for (index, key) in document.keys.enumerated() {
      let error = #expect(throws: ConfigurationError.self, "\(key)") {
        try document.parse(document.replacing(key, by: ""))
      }
      #expect(error?.description == "x.yaml:\(index + 1): \(key): \(Self.problem)")
    }
  }

  @Test("in an override the key is named", arguments: try documents())
  func inOverride(document: Document) throws {
    for key in document.keys {
      for value in ["", "  ", " # nothing"] {
        let error = #expect(throws: ConfigurationError.self, "\(key)") {
          try document.parse(document.lines, "\(key)=\(value)")
        }
        #expect(error?.description == "--set \(key)=\(value): \(key): \(Self.problem)")
      }
    }
  }

  @Test("null is the same as leaving the key out", arguments: try documents())
  func null(document: Document) throws {
    func outcome(_ lines: [String], _ overrides: String...) -> String {
      do throws(ConfigurationError) {
        guard let override = overrides.first else { return try document.parse(lines) }
        return try document.parse(lines, override)
      } catch {
        return "\(error.key ?? ""): \(error.problem)"
      }
    }
    for key in document.keys {
      let left = outcome(document.replacing(key, by: nil))
      #expect(outcome(document.replacing(key, by: " null")) == left, "\(key)")
      #expect(outcome(document.lines, "\(key)=~") == left, "\(key)")
    }
  }

  @Test("an unset variable of the shell does not bring a default back")
  func unsetVariable() throws {
    let text = "model: {name: lenet}\ndata: {name: glyphs}\noptimizer: {learning_rate: 0.01}\n"
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(text, source: "a.yaml", overrides: ["optimizer.learning_rate="])
    }
    #expect(
      error?.description == "--set optimizer.learning_rate=: optimizer.learning_rate: \(Self.problem)")
  }

  @Test(
    "in layers and lists, too",
    arguments: [
      (
        "model:\n  name: sequential\n  layers:\n    - linear:\n",
        "x.yaml:4: model.layers[0].linear: \(problem)"
      ),
      (
        "model:\n  name: sequential\n  layers:\n    - convolution: 3\n      kernel:\n",
        "x.yaml:5: model.layers[0].kernel: \(problem)"
      ),
      (
        "model: {name: sequential, layers: [{batch_norm: {epsilon: }}]}",
        "x.yaml:1: model.layers[0].batch_norm.epsilon: \(problem)"
      ),
      (
        "model: {name: sequential, layers: [{residual: [relu], shortcut: }]}",
        "x.yaml:1: model.layers[0].shortcut: \(problem)"
      ),
      ("model: {name: sequential, layers: }", "x.yaml:1: model.layers: \(problem)"),
      ("model: {name: }", "x.yaml:1: model.name: \(problem)"), ("model:", "x.yaml:1: model: \(problem)"),
      (
        "model: {name: lenet}\noptimizer:\n  name: adamw\n  betas:\n  -\n  - 0.9",
        "x.yaml:5: optimizer.betas[0]: found nothing, expected a finite number"
      ),
    ])
  func layers(text: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(text + "\ndata: {name: glyphs}\n", source: "x.yaml")
    }
    #expect(error?.description == message)
  }

  @Test("in the constraints of a minimization, too")
  func constraints() {
    let text = """
      objective: {name: square}
      method: {name: penalty}
      start: [1]
      constraints:
        - name: ball
          radius:
      """
    let error = #expect(throws: ConfigurationError.self) {
      try MinimizationConfiguration.parse(text, source: "x.yaml")
    }
    #expect(error?.description == "x.yaml:6: constraints[0].radius: \(Self.problem)")
  }
}

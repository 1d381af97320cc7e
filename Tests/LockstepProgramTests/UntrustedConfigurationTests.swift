import Configurations
import Foundation
import LockstepProgram
import Optimizers
import Testing
import Training

/// Configurations that somebody wrote to do harm, or by mistake.
@Suite struct UntrustedConfigurationTests {
  private func message(_ text: String, _ overrides: String...) throws -> String {
    try #require(
      #expect(throws: ConfigurationError.self) {
        try Configuration.parse(text, source: "x.yaml", overrides: overrides)
      }
    ).description
  }

  /// Lists of lists, each of which is `width` aliases of the one before it: `width` to the power of `depth` texts.
  private func bomb(width: Int, depth: Int) -> String {
    (1...depth).reduce("l0: &a0 [x]\n") { text, level in
      let aliases = Array(repeating: "*a\(level - 1)", count: width).joined(separator: ", ")
      return text + "l\(level): &a\(level) [\(aliases)]\n"
    }
  }

  @Test(
    "aliases that grow without end are refused at once, in a file as in an override", .timeLimit(.minutes(1)))
  func aliases() throws {
    let began = ContinuousClock.now
    for text in [bomb(width: 9, depth: 9), bomb(width: 2, depth: 60), bomb(width: 400, depth: 30)] {
      let told = try message(text)
      #expect(told.hasPrefix("x.yaml:") && told.contains("stand for more than 100000 values"), "\(told)")
    }
    let told = try message(
      ConfigurationTests.required,
      "model={\(bomb(width: 9, depth: 9).split(separator: "\n").joined(separator: ", "))}")
    #expect(told.contains("stand for more than 100000 values"))
    #expect(.now - began < .seconds(5))
  }

  @Test("two keys that would have to be compared alias by alias are not", .timeLimit(.minutes(1)))
  func keys() throws {
    let twice =
      bomb(width: 9, depth: 9) + bomb(width: 9, depth: 9).replacing("a", with: "b").replacing("l", with: "m")
    let told = try message("{? [*a9] : 1, ? [*b9] : 2}")
    #expect(told == "x.yaml:1: found a list or a mapping as a key, expected a name")
    #expect(try message(twice + "? *a9\n: 1\n? *b9\n: 2\n").contains("stand for more than"))
  }

  @Test("lists inside one another are followed 256 deep, by whatever way")
  func depth() throws {
    let told = "more than 256 lists and mappings inside one another; expected a configuration"
    for depth in [257, 900] {
      let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      #expect(try message(text) == "x.yaml:1: \(told)")
    }
    #expect(
      try message(String(repeating: "[", count: 256) + String(repeating: "]", count: 256)).contains(
        "found a list"))
    #expect(try message(bomb(width: 1, depth: 260)).hasSuffix(told))
    // The parser itself ends at a thousand.
    #expect(try message(String(repeating: "[", count: 100_000)).contains("nesting level"))
  }

  @Test("aliases stand for values, keys and parts of a configuration")
  func rightAliases() throws {
    let text = """
      model: {name: lenet, classes: &n 10}
      data: {name: &glyphs glyphs, train_samples: *n, test_samples: *n}
      epochs: *n
      *seed : 3
      """
    #expect(try message(text) == "x.yaml:4: not YAML: found undefined alias")
    let right = text.replacing("*seed : 3", with: "loss: {name: &seed cross_entropy}\nseed: 3")
    let configuration = try Configuration.parse(right, source: "x.yaml")
    #expect(configuration.recipe.epochs == 10 && configuration.recipe.seed == 3)
    #expect(
      try message(text.replacing("*seed : 3", with: "*glyphs : 1"))
        == "x.yaml:4: glyphs: unknown key; \(unknown())")
    #expect(
      try message("&a seed: 1\n*a : 2\n").contains("duplicate key \"seed\""))
  }

  private func unknown() throws -> String {
    let told = try message(ConfigurationTests.required + "glyphs: 1")
    return told.components(separatedBy: "; ").dropFirst().joined(separator: "; ")
  }

  @Test(
    "an asterisk is a letter like others where no value begins", arguments: ["'*a'", "\"*a\"", "a*b", "a *b"])
  func asterisks(name: String) throws {
    let told = try message("model: {name: \(name)}\ndata: {name: glyphs}")
    #expect(told.contains("*") && told.contains("model.name: found "), "\(told)")
    #expect(!told.unicodeScalars.contains { (0xE000...0xF8FF).contains($0.value) })
  }

  @Test("a text far larger than any configuration is refused")
  func size() throws {
    let told = try message("# " + String(repeating: "x", count: 5 << 20))
    #expect(told == "x.yaml: the text has 5242882 bytes; expected a configuration of at most 4194304")
  }

  @Test(
    "numbers are checked as what they are computed with, which is float32",
    arguments: [
      (
        "optimizer.momentum=0.99999999", "0.99999999",
        "a number of at least 0 and less than 1, also as float32, where it is 1.0"
      ),
      (
        "optimizer={name: adamw, betas: [0.9, 0.99999999]}", "0.99999999",
        "less than 1, also as float32, where it is 1.0"
      ),
      ("optimizer={name: adamw, betas: [0.9, 1e-60]}", "1e-60", "a number in the range of float32"),
      ("loss.label_smoothing=0.99999999", "0.99999999", "less than 1, also as float32, where it is 1.0"),
      ("optimizer.weight_decay=1e300", "1e300", "a number in the range of float32"),
      ("optimizer.learning_rate=1e-60", "1e-60", "a number in the range of float32"),
      ("optimizer.learning_rate=1e39", "1e39", "a number in the range of float32"),
      ("data.normalize={mean: 0.1, std: 1e-46}", "1e-46", "a number in the range of float32"),
    ])
  func singlePrecision(override: String, found: String, expected: String) throws {
    let told = try message(ConfigurationTests.required, override)
    #expect(told.contains("found \(found), expected ") && told.hasSuffix(expected), "\(told)")
  }

  @Test("a limit is rounded as the number below it is")
  func limits() throws {
    let configuration = try Configuration.parse(
      ConfigurationTests.required
        + "optimizer: {learning_rate: 0.1, schedule: {name: cosine, final_learning_rate: 0.1}}",
      source: "x.yaml")
    #expect(configuration.recipe.schedule.baseLearningRate == 0.1)
  }

  @Test("a file of another kind is called by its name, and nothing that is no file is waited for")
  func otherKinds() throws {
    try withTemporaryDirectory { directory in
      let expected = "expected a configuration in YAML"
      for (bytes, kind) in [
        ([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "a safetensors file"),
        ([0, 0, 8, 3, 0, 0, 0, 1], "an IDX file"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
        ([0x50, 0x4B, 3, 4], "a PyTorch zip archive (or another one), which may hold code"),
      ] as [([UInt8], String)] {
        let path = "\(directory)/x.yaml"
        try Data(bytes).write(to: URL(filePath: path))
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: path) }
        #expect(error?.description == "\(path): is \(kind); \(expected)")
      }
      #expect(mkfifo("\(directory)/pipe", 0o600) == 0)
      for (path, kind) in [
        ("\(directory)/pipe", "a named pipe, not a file"), ("/dev/zero", "a device, not a file"),
      ] {
        let error = #expect(throws: ConfigurationError.self) { try Configuration.load(path: path) }
        #expect(error?.description == "\(path): is \(kind); \(expected)")
      }
    }
  }
}

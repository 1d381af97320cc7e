import Configurations
import Foundation
import LockstepProgram
import Testing

extension ConfigurationErrorTests {
  static let documents: [WrongConfiguration] = [
    .whole("", "x.yaml: the text is empty, expected a mapping with model and data"),
    .whole("# nothing\n", "x.yaml: the text is empty, expected a mapping with model and data"),
    .whole("---\n", "x.yaml: the text is empty, expected a mapping with model and data"),
    .whole("lenet\n", "x.yaml:1: found lenet, expected a mapping"),
    .whole("\n- lenet\n", "x.yaml:2: found a list, expected a mapping"),
    .lines("---\nseed: 1", "x.yaml:3: found another YAML document, expected one only"),
    .lines("seed: *a", "x.yaml:3: not YAML: found undefined alias"),
    .lines("seed: \"1", "x.yaml:3: not YAML: while scanning a quoted scalar, found unexpected end of stream"),
    .lines(
      "epochs 10\nseed: 1",
      "x.yaml:4: not YAML: while scanning a simple key from line 3 on, could not find expected ':'"),
    .lines(
      "seed:\t1\n\tepochs: 1",
      """
      x.yaml:4: not YAML: while scanning a plain scalar from line 3 on, found a tab character that violates \
      indentation
      """),
    .lines("# é\nseed: \u{1}", "x.yaml:4: not YAML: control characters are not allowed"),
  ]

  static let overrides: [WrongConfiguration] = [
    .overrides(
      "optimizer.lerning_rate=1",
      message: """
        --set optimizer.lerning_rate=1: optimizer.lerning_rate: unknown key; did you mean "learning_rate"?
        """),
    .overrides(
      "batch={size: 4}",
      message: "--set batch={size: 4}: batch.size: found 4, expected at least batch.microshards (8)"),
    .overrides(
      "seed=1", "seed=x",
      message: "--set seed=x: seed: found x, expected an integer from 0 to 9223372036854775807"),
    .overrides(
      "data={path: a}",
      message: "--set data={path: a}: data.name: missing; expected \(datasets)"),
    .overrides(
      "model.name.x=1", message: "--set model.name.x=1: model.name: found lenet, expected a mapping"),
    .overrides("seed", message: "--set seed: expected KEY=VALUE, such as optimizer.learning_rate=0.1"),
    .overrides("=1", message: "--set =1: expected KEY=VALUE, such as optimizer.learning_rate=0.1"),
    .overrides("a..b=1", message: "--set a..b=1: expected KEY=VALUE, such as optimizer.learning_rate=0.1"),
    .overrides("", message: "--set : expected KEY=VALUE, such as optimizer.learning_rate=0.1"),
    .overrides(
      "data={name: glyphs",
      message: """
        --set data={name: glyphs: not YAML: while parsing a flow mapping, did not find expected ',' or '}'
        """),
    .overrides("batch={size: 1, size: 2}", message: #"--set batch={size: 1, size: 2}: duplicate key "size""#),
    .init(
      text: ConfigurationTests.required + "log:\n  every: 1", overrides: ["log.every=2"],
      message: "--set log.every=2: log.every: unknown key; expected every_steps"),
    // The file is right, and so is the override; the line that no longer fits is the file's.
    .init(
      text: ConfigurationTests.required + "optimizer:\n  schedule:\n    warmup_epochs: 3",
      overrides: ["epochs=2"],
      message: "x.yaml:5: optimizer.schedule.warmup_epochs: found 3, expected at most epochs (2)"),
    .init(
      text: ConfigurationTests.required + "optimizer:\n  lr: 1", overrides: ["optimizer.momentum=0.9"],
      message: """
        x.yaml:4: optimizer.lr: unknown key; expected one of name, schedule, rates, learning_rate, clip_norm, ema, momentum, nesterov, \
        weight_decay, decay
        """),
  ]

  @Test("a file that cannot be read is named")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "x.yaml").path()

    func message(_ path: String, _ bytes: [UInt8]? = nil) throws -> String? {
      if let bytes { try Data(bytes).write(to: URL(filePath: path)) }
      return #expect(throws: ConfigurationError.self) { try Configuration.load(path: path) }?.description
    }
    #expect(try message(file) == "\(file): no such file; expected a configuration in YAML")
    #expect(
      try message(folder.path()) == "\(folder.path()): is a directory; expected a configuration in YAML")
    #expect(
      try message(file, [0x61, 0xFF]) == "\(file): the text is not UTF-8; expected a configuration in YAML")
    #expect(try message(file, []) == "\(file): the text is empty, expected a mapping with model and data")
    #expect(
      try message(file, Array("\u{FEFF}model: {name: lenet}\r\ndata: {name: glyphs}\r\nseed: x\r\n".utf8))
        == "\(file):3: seed: found x, expected an integer from 0 to 9223372036854775807")
  }
}

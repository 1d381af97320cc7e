import Foundation
import Optimizers
import Testing
import Training

@Suite struct ConfigurationTests {
  static let required = "model: {name: lenet}\ndata: {name: glyphs}\n"

  private func parse(_ text: String = required, _ overrides: String...) throws -> Configuration {
    try Configuration.parse(text, source: "x.yaml", overrides: overrides)
  }

  @Test("all but model and data has a default")
  func defaults() throws {
    let configuration = try parse()
    #expect(configuration == Configuration(model: .init(name: .lenet), data: .init(name: .glyphs)))
    #expect(
      configuration.canonicalJSON == """
        {"batch": {"microshards": 8, "size": 256}, "batch_norm": {"statistics": "global"}, \
        "collectives": "exact", "convolution": "auto", "data": {"name": "glyphs", "shuffle": true, \
        "test_samples": 2000, "train_samples": 12000}, "desync_check": {"every_steps": 100}, "epochs": 10, \
        "log": {"every_steps": 50}, "loss": {"label_smoothing": 0.0}, \
        "model": {"classes": 10, "initialization": "default", "name": "lenet", "pooling": "max"}, \
        "optimizer": {"decay": "all", "learning_rate": 0.1, "momentum": 0.0, "name": "sgd", \
        "nesterov": false, "schedule": {"name": "constant", "warmup_epochs": 0}, "weight_decay": 0.0}, \
        "precision": "float32", "reduction": {"overlap": "auto"}, "seed": 0, "threads": 1}
        """)
  }

  @Test("null and empty sections count as left out")
  func nulls() throws {
    let text = """
      model: {name: lenet, classes: }
      data: {name: idx, path: here, resize: ~, normalize: null}
      batch:
      optimizer: {momentum: null, schedule: }
      epochs:
      """
    var expected = Configuration(model: .init(name: .lenet), data: .init(name: .idx, path: "here"))
    #expect(try parse(text) == expected)
    expected.data.resize = 96
    #expect(try parse(text, "data.resize=96") == expected)
    #expect(try parse(text, "data.resize=96", "data.resize=").data.resize == nil)
  }

  @Test(
    "numbers in all decimal spellings",
    arguments: [
      ("1e-4", 1e-4), ("1.0e-4", 1e-4), ("1E+2", 100), ("+.5", 0.5), ("5.", 5), ("3", 3), ("0.30", 0.3),
    ])
  func numbers(text: String, value: Double) throws {
    #expect(
      try parse(Self.required + "optimizer: {learning_rate: \(text)}\n").optimizer.schedule
        == Schedule(baseLearningRate: value))
  }

  @Test(
    "a text is a text, whatever YAML 1.1 takes it for", arguments: ["no", "1e-4", "\"a: b\"", "2024", "'~'"])
  func texts(text: String) throws {
    let path = try parse(Self.required, "data={name: mnist, path: \(text)}").data.path
    #expect(path == text.trimmingCharacters(in: ["\"", "'"]))
  }

  @Test("the last override wins, and a section is replaced as a whole")
  func overrides() throws {
    let text = "model: {name: lenet}\ndata: {name: mnist, path: somewhere, resize: 32}\nseed: 3\n"
    let configuration = try parse(
      text, "seed=4", "seed=5", "data={name: glyphs}", "data.train_samples=7", "optimizer.momentum=0.5",
      "optimizer.schedule.name=cosine")
    var expected = Configuration(model: .init(name: .lenet), data: .init(name: .glyphs))
    expected.seed = 5
    expected.data.trainSamples = 7
    expected.optimizer.momentum = 0.5
    expected.optimizer.schedule.curve = .cosine(final: 0)
    #expect(configuration == expected)
    #expect(try parse("{}", "model.name=lenet", "data={name: glyphs}", "seed=5").seed == 5)
    #expect(try parse(text, "data.path=a=b").data.path == "a=b")
  }

  @Test(
    "the bounds themselves are admitted",
    arguments: [
      "batch={size: 8, microshards: 8}", "batch={size: 4096, microshards: 4096}", "batch.microshards=256",
      "batch={size: 1, microshards: 1}", "model.classes=2", "data.resize=1", "data.resize=1024",
      "data.test_samples=1", "epochs=1", "epochs=2147483647", "seed=9223372036854775807", "threads=1",
      "threads=256", "reduction.bucket_bytes=4", "reduction.bucket_bytes=2147483648", "log.every_steps=1",
      "desync_check.every_steps=1", "desync_check={every_steps: 2147483647}",
      "optimizer.schedule={warmup_epochs: 10, warmup_from: 0.1}", "optimizer.schedule.warmup_epochs=0",
      "optimizer.schedule={name: step, epochs: [1, 9], factor: 1}",
      "optimizer.schedule={name: step, epochs: [3], warmup_epochs: 2}",
      "optimizer.schedule={name: cosine, final_learning_rate: 0.1}",
      "data.normalize={mean: -1, deviation: 1e-9}", "optimizer.momentum=0.999",
    ])
  func bounds(override: String) throws {
    #expect(try parse(Self.required, override).canonicalJSON.contains("lenet"))
  }

  @Test("the optimizer's values arrive in rule and schedule")
  func optimizer() throws {
    let configuration = try parse(
      Self.required + """
        optimizer:
          learning_rate: 0.8
          momentum: 0.9
          nesterov: true
          weight_decay: 5e-4
          schedule: {name: step, epochs: [4, 6], factor: 0.5, warmup_epochs: 2}
        """)
    #expect(configuration.sgd == SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4))
    // By epochs of one step: a tenth of the base rate, half of the way, the base rate, and two halvings.
    let rates = (0..<10).map { configuration.learningRate(step: $0, stepsPerEpoch: 1) }
    #expect(rates == [0.08, 0.08 + (0.8 - 0.08) / 2, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2])
    #expect(
      try parse(Self.required, "optimizer.schedule={warmup_epochs: 1, warmup_from: 0}")
        .learningRate(step: 1, stepsPerEpoch: 4) == 0.1 / 4)
  }

  @Test("every configuration in configs/ can be read")
  func shipped() throws {
    let folder = URL(filePath: #filePath).appending(path: "../../../configs").standardized
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
      .filter { $0.hasSuffix(".yaml") }
    #expect(files.contains("lenet-glyphs.yaml") && files.contains("lenet-fashion-mnist.yaml"))
    for file in files {
      let configuration = try Configuration.load(path: folder.appending(path: file).path())
      #expect(file == "\(configuration.model.name.rawValue)-\(configuration.data.name.rawValue).yaml")
    }
  }
}

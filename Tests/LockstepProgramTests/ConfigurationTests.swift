import Configurations
import Execution
import LockstepProgram
import NeuralNetworks
import Optimizers
import Records
import Testing
import Training

@Suite struct ConfigurationTests {
  static let required = "model: {name: lenet}\ndata: {name: glyphs}\n"

  private func parse(_ text: String = required, _ overrides: String...) throws -> Configuration {
    try Configuration.parse(text, source: "x.yaml", overrides: overrides)
  }

  private func json(_ text: String = required, _ overrides: String...) throws -> String {
    try Configuration.parse(text, source: "x.yaml", overrides: overrides).json.description
  }

  @Test("all but model and data has a default")
  func defaults() throws {
    #expect(
      try json() == """
        {"batch": {"microshards": 8, "size": 256}, "batch_norm": {"statistics": "global"}, \
        "checkpoint": {"best": "test_accuracy", "every_epochs": 1, "keep": 3}, \
        "collectives": "exact", "convolution": "auto", "data": {"name": "glyphs", "shuffle": true, \
        "test_samples": 2000, "train_samples": 12000}, "desync_check": {"every_steps": 100}, "epochs": 10, \
        "log": {"every_steps": 50}, "loss": {"label_smoothing": 0.0, "name": "cross_entropy"}, \
        "model": {"classes": 10, "initialization": "default", "name": "lenet", "pooling": "max"}, \
        "on_non_finite": "stop", \
        "optimizer": {"decay": "all", "learning_rate": 0.1, "momentum": 0.0, "name": "sgd", \
        "nesterov": false, "schedule": {"name": "constant", "warmup_epochs": 0}, "weight_decay": 0.0}, \
        "precision": "float32", "reduction": {"overlap": "auto"}, "seed": 0, "threads": 1, \
        "watchdog": {"timeout_seconds": 300.0}}
        """)
  }

  @Test("the defaults are those of the types that a configuration is made of")
  func defaultValues() throws {
    let configuration = try parse()
    let (recipe, usual) = (configuration.recipe, Recipe())
    #expect(recipe.batch == usual.batch && recipe.statistics == usual.statistics && recipe.loss == usual.loss)
    #expect(recipe.updateRule as? SGD == usual.updateRule as? SGD && recipe.schedule == usual.schedule)
    #expect(recipe.epochs == usual.epochs && recipe.seed == usual.seed)
    #expect(recipe.precision == usual.precision && recipe.convolution == usual.convolution)
    #expect(recipe.collectives == usual.collectives && configuration.machine == Machine())
    #expect(configuration.model.initialization == .standard && configuration.data.shuffles)
  }

  @Test("the experiment's record is the configuration without the machine")
  func experimentRecord() throws {
    let machine = [
      "threads: 3\n", "reduction: {overlap: off, bucket_bytes: 64, ranks_per_host: 2}\n",
      "log: {every_steps: 7}\n",
      "checkpoint: {every_steps: 3, every_epochs: never, every_minutes: 2.5, keep: all, best: none}\n",
      "desync_check: {every_steps: 9}\n", "verify: {every_steps: 4}\n", "watchdog: {timeout_seconds: 0}\n",
    ]
    let other = try parse(Self.required + machine.joined())
    #expect(other.machine.threads == 3 && other.machine.reduction.bucketByteCount == 64)
    #expect(other.machine.logEverySteps == 7 && other.machine.checkEverySteps == 9)
    let policy = CheckpointPolicy(everySteps: 3, everyEpochs: nil, everyMinutes: 2.5, keep: nil, best: .none)
    #expect(other.machine.checkpoints == policy && other.machine.verifyEverySteps == 4)
    #expect(other.machine.watchdogSeconds == 0)
    #expect(other.experimentRecord.description == (try parse().experimentRecord.description))
    #expect(other.json.description != (try json()))
    for key in ["threads", "reduction", "log", "checkpoint", "desync_check", "verify", "watchdog"] {
      #expect(other.experimentRecord[key] == nil && other.json[key] != nil)
    }
  }

  @Test("an explicit null counts as left out")
  func nulls() throws {
    let text = """
      model: {name: lenet, classes: null}
      data: {name: idx, path: here, resize: ~, normalize: Null}
      batch: ~
      optimizer: {momentum: null, schedule: NULL}
      epochs: null
      """
    let left = "model: {name: lenet}\ndata: {name: idx, path: here}\n"
    #expect(try json(text) == json(left))
    #expect(try json(text, "data.resize=96") == json(left, "data.resize=96"))
    #expect(try json(text, "data.resize=96", "data.resize=null") == json(left))
  }

  @Test(
    "numbers in all decimal spellings",
    arguments: [
      ("1e-4", 1e-4), ("1.0e-4", 1e-4), ("1E+2", 100), ("+.5", 0.5), ("5.", 5), ("3", 3), ("0.30", 0.3),
    ])
  func numbers(text: String, value: Double) throws {
    #expect(
      try parse(Self.required + "optimizer: {learning_rate: \(text)}\n").recipe.schedule
        == LearningRateSchedule(baseLearningRate: value))
  }

  @Test(
    "a text is a text, whatever YAML 1.1 takes it for", arguments: ["no", "1e-4", "\"a: b\"", "2024", "'~'"])
  func texts(text: String) throws {
    let path = try parse(Self.required, "data={name: mnist, path: \(text)}").data.dataset.path
    #expect(
      path == String(text.drop { "\"'".contains($0) }.reversed().drop { "\"'".contains($0) }.reversed()))
  }

  @Test("the last override wins, and a section is replaced as a whole")
  func overrides() throws {
    let text = "model: {name: lenet}\ndata: {name: mnist, path: somewhere, resize: 32}\nseed: 3\n"
    let changed = try json(
      text, "seed=4", "seed=5", "data={name: glyphs}", "data.train_samples=7", "optimizer.momentum=0.5",
      "optimizer.schedule.name=cosine")
    #expect(
      try changed
        == json(
          """
          model: {name: lenet}
          data: {name: glyphs, train_samples: 7}
          optimizer: {momentum: 0.5, schedule: {name: cosine, final_learning_rate: 0}}
          seed: 5
          """))
    #expect(try parse("{}", "model.name=lenet", "data={name: glyphs}", "seed=5").recipe.seed == 5)
    #expect(try parse(text, "data.path=a=b").data.dataset.path == "a=b")
    #expect(
      try json(Self.required + "optimizer:\n", "optimizer.momentum=0.5")
        == json(Self.required, "optimizer={momentum: 0.5}"))
  }

  @Test(
    "the bounds themselves are admitted",
    arguments: [
      "batch={size: 8, microshards: 8}", "batch={size: 4096, microshards: 4096}", "batch.microshards=256",
      "batch={size: 1, microshards: 1}", "model.classes=2", "data.resize=1", "data.resize=1024",
      "data.test_samples=1", "epochs=1", "epochs=2147483647", "seed=9223372036854775807", "threads=1",
      "threads=256", "reduction.bucket_bytes=4", "reduction.bucket_bytes=2147483648", "log.every_steps=1",
      "desync_check.every_steps=1", "desync_check={every_steps: 2147483647}",
      "verify.every_steps=1", "verify={every_steps: 2147483647}",
      "optimizer.schedule={warmup_epochs: 10, warmup_from: 0.1}", "optimizer.schedule.warmup_epochs=0",
      "optimizer.schedule={name: step, epochs: [1, 9], factor: 1}",
      "optimizer.schedule={name: step, epochs: [3], warmup_epochs: 2}",
      "optimizer.schedule={name: cosine, final_learning_rate: 0.1}",
      "data.normalize={mean: -1, std: 1e-9}", "optimizer.momentum=0.999", "loss={name: squared}",
      "optimizer={name: adamw, betas: [0, 0.999999], epsilon: 1e-30, weight_decay: 0}",
    ])
  func bounds(override: String) throws {
    #expect(try json(Self.required, override).contains("lenet"))
  }

  @Test("the optimizer's values arrive in rule and schedule")
  func optimizer() throws {
    let recipe = try parse(
      Self.required + """
        optimizer:
          learning_rate: 0.8
          momentum: 0.9
          nesterov: true
          weight_decay: 5e-4
          schedule: {name: step, epochs: [4, 6], factor: 0.5, warmup_epochs: 2}
        """
    ).recipe
    #expect(recipe.updateRule as? SGD == SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4))
    // By epochs of one step: a tenth of the base rate, half of the way, the base rate, and two halvings.
    let rates = (0..<10).map { recipe.learningRate(step: $0, stepsPerEpoch: 1) }
    #expect(rates == [0.08, 0.08 + (0.8 - 0.08) / 2, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2])
    #expect(
      try parse(Self.required, "optimizer.schedule={warmup_epochs: 1, warmup_from: 0}").recipe
        .learningRate(step: 1, stepsPerEpoch: 4) == 0.1 / 4)
  }

  @Test("AdamW by name, with its own keys and PyTorch's defaults")
  func adamW() throws {
    let plain = try parse(Self.required, "optimizer.name=adamw").recipe
    #expect(plain.updateRule as? AdamW == AdamW())
    let text =
      "{name: adamw, learning_rate: 1e-3, betas: [0.8, 0.99], epsilon: 1e-6, weight_decay: 0.1, decay: weights}"
    let configuration = try parse(Self.required + "optimizer: \(text)")
    #expect(
      configuration.recipe.updateRule as? AdamW
        == AdamW(betas: (0.8, 0.99), epsilon: 1e-6, weightDecay: 0.1, decay: .weights))
    #expect(
      configuration.json["optimizer"]?.description == """
        {"betas": [0.8, 0.99], "decay": "weights", "epsilon": 1e-06, "learning_rate": 0.001, "name": "adamw", \
        "schedule": {"name": "constant", "warmup_epochs": 0}, "weight_decay": 0.1}
        """)
  }

  @Test("every configuration in configs/ can be read")
  func shippedFilesAreRead() throws {
    let files = try shippedFiles()
    #expect(files.contains("lenet-glyphs.yaml") && files.contains("lenet-fashion-mnist.yaml"))
    for file in files {
      let configuration = try Configuration.load(path: shipped(file))
      #expect(file.hasSuffix("-\(configuration.data.name).yaml"))
      #expect(configuration.model.name == "sequential" || file.hasPrefix(configuration.model.name))
      // What the machine may change is no part of the experiment, and the complete form is an equal configuration.
      let complete = configuration.json.description
      #expect(try Configuration.parse(complete, source: file).json.description == complete)
    }
  }
}

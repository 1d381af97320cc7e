import Configurations
import Datasets
import LockstepProgram
import Records
import Testing
import Training

/// The keys of the update and of the loss that are left out of a record where they are left out of the file.
@Suite struct RecipeConfigurationTests {
  static let mistakes: [WrongConfiguration] = [
    .lines(
      "optimizer: {clip_norm: 0}",
      "x.yaml:3: optimizer.clip_norm: found 0, expected a number greater than 0"),
    .lines(
      "optimizer:\n  clip_norm: 1e-60",
      "x.yaml:4: optimizer.clip_norm: found 1e-60, expected a number in the range of float32"),
    .lines(
      "optimizer: {clip_norm: much}",
      "x.yaml:3: optimizer.clip_norm: found much, expected a number greater than 0"),
    .lines(
      "optimizer: {clip_nrm: 1}", #"x.yaml:3: optimizer.clip_nrm: unknown key; did you mean "clip_norm"?"#),
    .whole(
      "model: {name: lenet}\ndata:\n  name: glyphs\n  validation_fraction: 1",
      "x.yaml:4: data.validation_fraction: found 1, expected a number greater than 0 and less than 1"),
    .whole(
      "model: {name: lenet}\ndata: {name: glyphs, validation_fraction: 0}",
      "x.yaml:2: data.validation_fraction: found 0, expected a number greater than 0 and less than 1"),
    .lines("stop: {}", "x.yaml:3: stop.patience: missing; expected an integer of at least 1, of epochs"),
    .lines(
      "stop: {patience: 0}", "x.yaml:3: stop.patience: found 0, expected an integer from 1 to 2147483647"),
    .lines(
      "stop: {patience: 3, metrik: test_loss}", #"x.yaml:3: stop.metrik: unknown key; did you mean "metric"?"#
    ),
    .lines(
      "stop:\n  patience: 3\n  metric: validation_loss",
      "x.yaml:5: stop.metric: found validation_loss, but data.validation_fraction, which keeps samples for it, is left out"
    ),
    .overrides(
      "data.validation_fraction=0.1", "stop={patience: 3, metric: test_loss}",
      message:
        "--set stop={patience: 3, metric: test_loss}: stop.metric: found test_loss, but with data.validation_fraction "
        + "the test data are scored at the end only; take a score of the validation data"),
    .overrides(
      "data.validation_fraction=0.1", "checkpoint.best=test_loss",
      message:
        "--set checkpoint.best=test_loss: checkpoint.best: found test_loss, but with data.validation_fraction the test "
        + "data are scored at the end only; take a score of the validation data"),
    .overrides(
      "checkpoint.best=validation_loss",
      message:
        "--set checkpoint.best=validation_loss: checkpoint.best: found validation_loss, but data.validation_fraction, "
        + "which keeps samples for it, is left out"),
    .lines("optimizer: {ema: 0.9}", "x.yaml:3: optimizer.ema: found 0.9, expected a mapping"),
    .lines(
      "optimizer: {ema: {}}",
      "x.yaml:3: optimizer.ema.decay: missing; expected a number of at least 0 and less than 1"),
    .lines(
      "optimizer: {ema: {decay: 1}}",
      "x.yaml:3: optimizer.ema.decay: found 1, expected a number of at least 0 and less than 1"),
    .lines(
      "optimizer:\n  ema:\n    decay: 0.99999999",
      "x.yaml:5: optimizer.ema.decay: found 0.99999999, expected a number of at least 0 and less than 1, also as float32, "
        + "where it is 1.0"),
    .lines("optimizer: {ema: {beta: 0.9}}", "x.yaml:3: optimizer.ema.beta: unknown key; expected decay"),
    .lines(
      "loss: {class_weights: 3}", "x.yaml:3: loss.class_weights: found 3, expected a list of numbers"),
    .lines(
      "loss:\n  class_weights: [1, 0]",
      "x.yaml:4: loss.class_weights[1]: found 0, expected a number greater than 0"),
    .lines(
      "loss: {name: squared, class_weights: [1, 2]}",
      "x.yaml:3: loss.class_weights: belongs to cross_entropy, but loss.name is squared"),
    .lines(
      "loss: {name: binary_cross_entropy, label_smoothing: 0.1}",
      "x.yaml:3: loss.label_smoothing: belongs to cross_entropy, but loss.name is binary_cross_entropy"),
    .lines(
      "loss: {name: binary}",
      "x.yaml:3: loss.name: found binary; expected one of cross_entropy, squared, binary_cross_entropy"),
    .whole(
      "model: {name: lenet}\ndata: {name: glyphs, weights: equal}",
      "x.yaml:2: data.weights: found equal; expected balanced"),
    .whole(
      "model: {name: lenet}\ndata: {name: glyphs, weights: balanced}\nloss: {class_weights: [1, 2]}",
      "x.yaml:2: data.weights: found together with loss.class_weights, expected one of them"),
    .whole(
      "model: {name: lenet}\nloss: {name: squared}\ndata:\n  name: glyphs\n  weights: balanced",
      "x.yaml:5: data.weights: belongs to cross_entropy, but loss.name is squared"),
  ]

  @Test("the message names place, key, value and what would be right", arguments: mistakes)
  func message(wrong: WrongConfiguration) {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(wrong.text, source: "x.yaml", overrides: wrong.overrides)
    }
    #expect(error?.description == wrong.message)
  }

  @Test(
    "what is told is in the record, which reads back to an equal one",
    arguments: [
      ("optimizer.clip_norm=0.5", #""clip_norm": 0.5"#),
      ("optimizer.ema={decay: 0.99}", #""ema": {"decay": 0.99}"#),
      ("data.validation_fraction=0.1", #""validation_fraction": 0.1"#),
      ("stop={patience: 3}", #""stop": {"metric": "test_loss", "patience": 3}"#),
      ("loss.class_weights=[1, 2, 0.5]", #""class_weights": [1.0, 2.0, 0.5]"#),
      ("data.weights=balanced", #""weights": "balanced""#),
      ("loss.name=binary_cross_entropy", #""name": "binary_cross_entropy""#),
    ])
  func recorded(override: String, record: String) throws {
    let text = ConfigurationTests.required
    let configuration = try Configuration.parse(text, source: "x.yaml", overrides: [override])
    let json = configuration.json.description
    #expect(json.contains(record), "\(json)")
    #expect(try Configuration.parse(json, source: "x.json").json.description == json)
    let usual = try Configuration.parse(text, source: "x.yaml").experimentRecord
    #expect(!Checkpoint.differences(usual, configuration.experimentRecord).isEmpty)
  }

  @Test("with validation data these decide, unless another score is asked for")
  func validation() throws {
    func parse(_ overrides: String...) throws -> Configuration {
      try Configuration.parse(
        ConfigurationTests.required, source: "x.yaml",
        overrides: ["data.validation_fraction=0.1", "stop={patience: 2}"] + overrides)
    }
    let usual = try parse()
    #expect(usual.machine.checkpoints.best == .validationAccuracy)
    #expect(usual.recipe.stopping == EarlyStopping(patience: 2, metric: .validationLoss))
    let other = try parse("checkpoint.best=validation_loss", "stop.metric=validation_accuracy")
    #expect(other.machine.checkpoints.best == .validationLoss)
    #expect(other.recipe.stopping == EarlyStopping(patience: 2, metric: .validationAccuracy))
    #expect(try parse("checkpoint.best=none").machine.checkpoints.best == .none)
    let experiment = try parse("data.train_samples=50", "data.test_samples=10").experiment()
    #expect(experiment.trainingData.count == 45 && experiment.validationData?.count == 5)
  }

  @Test("what is left out leaves no trace")
  func leftOut() throws {
    let json = try Configuration.parse(ConfigurationTests.required, source: "x.yaml").json.description
    for word in ["clip_norm", #""ema""#, "class_weights", #""weights""#, "validation", #""stop":"#] {
      #expect(!json.contains(word))
    }
  }
}

import Configurations
import Datasets
import LockstepProgram
import NeuralNetworks
import Optimizers
import Records
import Testing
import Training

/// A model of one's own: a hidden layer of any width.
private struct Wide: Layer {
  var width: Int
  var classes: Int

  func callAsFunction(_ x: Symbol) -> Symbol {
    Sequential(Flatten(), Linear(width), Activation.relu, Linear(classes))(x)
  }
}

/// An update rule of one's own, which leaves its record to its properties.
private struct Signs: UpdateRule, Equatable {
  var shrinking: Double

  var name: String { "signs" }
  var slots: [ParameterSlot] { [] }

  func update(_ p: inout ParameterUpdate, _ step: UpdateStep) {
    for i in p.values.indices {
      p.values[i] *= 1 - Float(shrinking)
      p.values[i] -= Float(step.learningRate) * (p.gradients[i] < 0 ? -1 : 1)
    }
  }
}

/// A program of one's own has models, update rules and data sets by name.
@Suite struct RegistryTests {
  private static let registry: Registry = {
    var registry = Registry.standard
    registry.models["wide"] = { options in
      Wide(
        width: try options.integer("width", default: 32, in: 1...64),
        classes: try options.integer("classes", default: 4, in: 2...8))
    }
    registry.updateRules["signs"] = { options in
      Signs(shrinking: try options.number("shrinking", default: 0.25, .fraction))
    }
    registry.datasets["ramps"] = { options, context in
      let count = try options.integer("count", default: 12)
      return Dataset(shape: [3], byteCount: 16 * count) { split, _ in
        InMemorySamples(
          inputs: (0..<3 * count).map { Float($0) + (split == .train ? 0 : 0.5) }, shape: [3],
          labels: (0..<count).map { Int32($0 % context.classes) }, classes: context.classes)
      }
    }
    return registry
  }()

  private func parse(_ text: String, _ overrides: String...) throws(ConfigurationError) -> Configuration {
    try Configuration.parse(text, source: "x.yaml", overrides: overrides, registry: Self.registry)
  }

  private static let own = "model: {name: wide}\ndata: {name: ramps}\noptimizer: {name: signs}\n"

  @Test("what is of one's own is made with its own keys, and their defaults are recorded")
  func own() throws {
    let plain = try parse(Self.own)
    #expect(plain.recipe.updateRule as? Signs == Signs(shrinking: 0.25))
    #expect((plain.model.layer as? Wide)?.width == 32 && plain.model.classes == 4)
    #expect(
      plain.json["model"]?.description
        == #"{"classes": 4, "initialization": "default", "name": "wide", "width": 32}"#)
    #expect(plain.json["data"]?.description == #"{"count": 12, "name": "ramps", "shuffle": true}"#)
    #expect(
      plain.json["optimizer"]?.description == """
        {"learning_rate": 0.1, "name": "signs", "schedule": {"name": "constant", "warmup_epochs": 0}, \
        "shrinking": 0.25}
        """)
    let changed = try parse(
      Self.own, "model.width=7", "data.count=5", "optimizer.shrinking=0.5", "model.classes=3")
    #expect((changed.model.layer as? Wide)?.width == 7 && (changed.model.layer as? Wide)?.classes == 3)
    #expect(changed.recipe.updateRule as? Signs == Signs(shrinking: 0.5))
    let samples = try changed.data.dataset.source(.test, false)
    #expect(samples.count == 5 && samples.target == .classes(3) && samples.shape == [3])
  }

  @Test("the complete configuration and the record that checkpoints hold are read back to themselves")
  func roundTrip() throws {
    let configuration = try parse(Self.own, "optimizer.shrinking=0.125")
    #expect(try parse(configuration.json.description).json.description == configuration.json.description)
    let record = configuration.experimentRecord.description
    #expect(try parse(record).experimentRecord.description == record)
    #expect(try configuration.experiment().record().description == record)
  }

  @Test(
    "an experiment's record is the one that ranks compare before data are read",
    arguments: ["sgd", "adamw", "signs"])
  func record(rule: String) throws {
    let configuration = try parse(Self.own, "optimizer.name=\(rule)")
    #expect(try configuration.experiment().record().description == configuration.experimentRecord.description)
  }

  @Test("a data set is told the number of classes that the model has by default")
  func classes() throws {
    #expect(try parse(Self.own).data.dataset.source(.train, true).target == .classes(4))
    #expect(try parse(Self.own, "model.classes=5").data.dataset.source(.train, true).target == .classes(5))
    #expect(
      try parse(Self.own, "model={name: lenet}").data.dataset.source(.train, true).target == .classes(10))
  }

  @Test("what comes with Lockstep can be replaced")
  func replaced() throws {
    var registry = Self.registry
    registry.models["lenet"] = registry.models["wide"]
    let configuration = try Configuration.parse(
      "model: {name: lenet, width: 3}\ndata: {name: glyphs}", source: "x.yaml", registry: registry)
    #expect((configuration.model.layer as? Wide)?.width == 3)
  }

  @Test("the program's registry is the one that counts where none is given")
  func current() throws {
    #expect(throws: ConfigurationError.self) { try Configuration.parse(Self.own, source: "x.yaml") }
    try Registry.$current.withValue(Self.registry) {
      let configuration = try Configuration.parse(Self.own, source: "x.yaml")
      #expect(configuration.model.name == "wide")
    }
  }

  @Test(
    "mistakes are told as for what comes with Lockstep",
    arguments: [
      (["model.widht=3"], #"--set model.widht=3: model.widht: unknown key; did you mean "width"?"#),
      (
        ["model.depth=3"],
        "--set model.depth=3: model.depth: unknown key; expected one of name, initialization, freeze, reset, "
          + "freeze_statistics, initial_weights, width, classes"
      ),
      (["model.width=65"], "--set model.width=65: model.width: found 65, expected an integer from 1 to 64"),
      (["model.name=wid"], #"--set model.name=wid: model.name: found wid; did you mean "wide"?"#),
      (
        ["model.name=transformer"],
        "--set model.name=transformer: model.name: found transformer; expected one of densenet, densenet121, lenet, "
          + "mlp, resnet18, resnet34, resnet50, sequential, torchvision-densenet121, torchvision-resnet101, "
          + "torchvision-resnet18, torchvision-resnet34, torchvision-resnet50, torchvision-vgg16, vgg11, vgg16, wide"
      ),
      (
        ["optimizer.name=sign"],
        #"--set optimizer.name=sign: optimizer.name: found sign; did you mean "signs"?"#
      ),
      (
        ["optimizer.name=lamb"],
        "--set optimizer.name=lamb: optimizer.name: found lamb; expected one of adamw, sgd, signs"
      ),
      (
        ["optimizer.shrink=1"],
        "--set optimizer.shrink=1: optimizer.shrink: unknown key; expected one of name, schedule, rates, learning_rate, clip_norm, ema, "
          + "shrinking"
      ),
      (
        ["data.name=ramp"], #"--set data.name=ramp: data.name: found ramp; did you mean "ramps"?"#
      ),
      // Keys of another name say whose they are.
      (
        ["optimizer={name: adamw, momentum: 0.9}"],
        "--set optimizer={name: adamw, momentum: 0.9}: optimizer.momentum: belongs to sgd, but optimizer.name is adamw"
      ),
      (
        ["optimizer={betas: [0.9, 0.99]}"],
        "--set optimizer={betas: [0.9, 0.99]}: optimizer.betas: belongs to adamw, but optimizer.name is sgd"
      ),
      (
        ["optimizer.decay=weights"],
        "--set optimizer.decay=weights: optimizer.decay: belongs to adamw, sgd, but optimizer.name is signs"
      ),
      (
        ["model={name: lenet, width: 3}"],
        "--set model={name: lenet, width: 3}: model.width: belongs to wide, but model.name is lenet"
      ),
      (
        ["data.resize=3"],
        "--set data.resize=3: data.resize: belongs to glyphs, but data.name is ramps"
      ),
    ])
  func mistakes(overrides: [String], message: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(Self.own, source: "x.yaml", overrides: overrides, registry: Self.registry)
    }
    #expect(error?.description == message)
  }

  @Test(
    "AdamW's keys are checked one by one",
    arguments: [
      ("betas: [1, 0.9]", "betas[0]: found 1, expected a number of at least 0 and less than 1"),
      ("betas: [0.9, -0.1]", "betas[1]: found -0.1, expected a number of at least 0 and less than 1"),
      ("betas: [0.9, x]", "betas[1]: found x, expected a finite number"),
      ("betas: [0.9]", "betas: found a list of 1, expected 2 numbers"),
      ("betas: [0.9, 0.99, 0.999]", "betas: found a list of 3, expected 2 numbers"),
      ("betas: 0.9", "betas: found 0.9, expected a list of numbers"),
      ("beta: [0.9, 0.99]", #"beta: unknown key; did you mean "betas"?"#),
      ("epsilon: 0", "epsilon: found 0, expected a number greater than 0"),
      ("epsilon: 1e-60", "epsilon: found 1e-60, expected a number in the range of float32"),
      ("weight_decay: -1", "weight_decay: found -1, expected a number of at least 0"),
      ("decay: weigths", #"decay: found weigths; did you mean "weights"?"#),
    ])
  func adamW(key: String, problem: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try parse("model: {name: wide}\ndata: {name: ramps}\noptimizer:\n  name: adamw\n  \(key)\n")
    }
    #expect(error?.description == "x.yaml:5: optimizer.\(problem)")
  }
}

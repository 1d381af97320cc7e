import Datasets
import Execution
import NeuralNetworks
import Optimizers
import Records
import Testing
import Training

/// A record tells all that the bits depend on, and nothing else.
@Suite struct ExperimentRecordTests {
  /// By field of `Recipe`, changes each of which gives other bits.
  private static let recipeChanges: [String: [@Sendable (inout Recipe) -> Void]] = [
    "batch": [{ $0.batch.size = 17 }, { $0.batch.microshards = 8 }],
    "statistics": [{ $0.statistics = .microshard }, { $0.statistics = .rank }],
    "loss": [
      { $0.loss = Loss(.squared) }, { $0.loss.labelSmoothing = 0.1 },
      { $0.loss = Loss(.binaryCrossEntropy) }, { $0.loss.classWeights = .balanced },
      { $0.loss.classWeights = .values([1, 2]) }, { $0.loss.classWeights = .values([1, 3]) },
    ],
    "updateRule": [
      { $0.updateRule = SGD(momentum: 0.8, weightDecay: 1e-3) }, { $0.updateRule = SGD(momentum: 0.9) },
      { $0.updateRule = SGD(momentum: 0.9, isNesterov: true, weightDecay: 1e-3) },
      { $0.updateRule = SGD(momentum: 0.9, weightDecay: 1e-3, decay: .weights) },
      { $0.updateRule = AdamW() }, { $0.updateRule = AdamW(betas: (0.8, 0.999)) },
      { $0.updateRule = AdamW(betas: (0.9, 0.99)) }, { $0.updateRule = AdamW(epsilon: 1e-7) },
      { $0.updateRule = AdamW(weightDecay: 0) }, { $0.updateRule = AdamW(decay: .weights) },
      { $0.updateRule = Signs(factor: 1) }, { $0.updateRule = Signs(factor: 2) },
    ],
    "schedule": [
      { $0.schedule.baseLearningRate = 0.06 }, { $0.schedule.curve = .constant },
      { $0.schedule.curve = .cosine(final: 0.002) }, { $0.schedule.curve = .step(epochs: [1], factor: 0.1) },
      { $0.schedule.curve = .step(epochs: [1], factor: 0.2) },
      { $0.schedule.curve = .step(epochs: [], factor: 0.1) },
      { $0.schedule.warmup = .init(epochs: 1, from: 0) },
      { $0.schedule.warmup = .init(epochs: 1, from: 0.01) },
    ],
    "epochs": [{ $0.epochs = 3 }],
    "seed": [{ $0.seed = 1 }],
    "precision": [{ $0.precision = .bfloat16 }],
    "convolution": [{ $0.convolution = .direct }, { $0.convolution = .winograd }],
    "collectives": [{ $0.collectives = .mpi }],
    "nonFinite": [{ $0.nonFinite = .skipStep }],
    "clipNorm": [{ $0.clipNorm = 1 }, { $0.clipNorm = 2 }],
    "average": [
      { $0.average = WeightAverage(decay: 0.9) }, { $0.average = WeightAverage(decay: 0.99) },
    ],
    "stopping": [
      { $0.stopping = EarlyStopping(patience: 1, metric: .testLoss) },
      { $0.stopping = EarlyStopping(patience: 2, metric: .testLoss) },
      { $0.stopping = EarlyStopping(patience: 2, metric: .testAccuracy) },
    ],
    "fineTuning": [
      { $0.fineTuning.frozen = ["0"] }, { $0.fineTuning.frozen = ["0", "1"] },
      {
        $0.fineTuning.frozen = ["1"]
        $0.fineTuning.freezesStatistics = true
      },
      { $0.fineTuning.reset = ["15"] }, { $0.fineTuning.rates = [FineTuning.Rate("15", factor: 10)] },
      { $0.fineTuning.rates = [FineTuning.Rate("15", factor: 2)] },
      { $0.fineTuning.initialWeights = "a" }, { $0.fineTuning.initialWeights = "b" },
    ],
  ]

  /// By field of `Experiment` but the recipe, changes each of which gives other bits.
  private static let changes: [String: [@Sendable (inout Experiment) -> Void]] = [
    "model": [
      { $0.model = LeNet(classes: 11) }, { $0.model = LeNet(classes: 10, pooling: .average) },
      { $0.model = block(BatchNorm()) }, { $0.model = block(BatchNorm(epsilon: 1e-4)) },
      { $0.model = block(BatchNorm(momentum: 0.2)) }, { $0.model = block(BatchNorm(beginsAtZero: true)) },
      { $0.model = block(Activation.relu) }, { $0.model = block(Activation.sigmoid) },
      { $0.model = Sequential(Flatten(), Linear(10)) },
      { $0.model = Sequential(Flatten(), Linear(10, bias: false)) },
      { $0.model = Sequential(Flatten(), Linear(10, name: "head")) },
    ],
    "initialization": [{ $0.initialization = .xavier }, { $0.initialization = .he }],
    "trainingData": [
      { $0.trainingData = glyphs(.train, seed: 1) }, { $0.trainingData = glyphs(.train).prefix(39) },
      { $0.trainingData = glyphs(.train).normalized(by: Normalization(mean: [0.5], deviation: [1])) },
      { $0.trainingData = glyphs(.train).augmented(by: Augmentation(cropPadding: 0, flips: true), seed: 0) },
      { $0.trainingData = glyphs(.train).augmented(by: Augmentation(cropPadding: 0, flips: true), seed: 1) },
      { $0.trainingData = glyphs(.train).resized(height: 28, width: 29) },
    ],
    "testData": [{ $0.testData = nil }, { $0.testData = glyphs(.test, seed: 1) }],
    "validationData": [
      { $0.validationData = glyphs(.test) }, { $0.validationData = glyphs(.test, seed: 1) },
    ],
    "shuffles": [{ $0.shuffles = false }],
    "sections": [
      { $0.sections = .init(model: .object([("name", .text("a"))]), data: .text("b")) },
      { $0.sections = .init(model: .object([("name", .text("a"))]), data: .text("c")) },
      { $0.sections = .init(model: .object([("name", .text("b"))]), data: .text("b")) },
    ],
  ]

  /// Fields that only say what logs call something.
  private static let names: Set<String> = ["modelName", "dataName", "dataSource"]

  /// A rule that describes itself by its stored properties.
  private struct Signs: UpdateRule {
    let factor: Float
    var name: String { "signs" }
    var slots: [ParameterSlot] { [] }
    func update(_ parameter: inout ParameterUpdate, _ step: UpdateStep) {}
  }

  private static func glyphs(_ split: DatasetSplit, seed: UInt64 = 0) -> ImageDataset {
    SyntheticGlyphs.generate(seed: seed, split: split, count: split == .train ? 40 : 20)
  }

  private static func block(_ layer: any Layer) -> Sequential {
    Sequential(Convolution2D(4, kernel: 3), layer, Flatten(), Linear(10))
  }

  private func record(_ change: (inout Experiment) -> Void = { _ in }) throws -> String {
    var experiment = Experiment.lenet()
    change(&experiment)
    return try experiment.record().description
  }

  @Test("equal experiments have equal records, whatever logs call them")
  func equal() throws {
    #expect(try record() == record())
    #expect(try record { $0.modelName = "x" } == record { $0.dataName = "y" })
    #expect(try record { $0.modelName = "x" } == record())
    // A source is read again: its record tells what is in it, not where it lies.
    #expect(try record { $0.trainingData = Self.glyphs(.train) } == record())
  }

  @Test("every change that the bits depend on gives another record")
  func different() throws {
    let recipes = Self.recipeChanges.values.joined().map { change in
      { change(&$0.recipe) } as @Sendable (inout Experiment) -> Void
    }
    let changes = recipes + Self.changes.values.joined() + [{ _ in }]
    let records = try changes.map { try record($0) }
    for (index, own) in records.enumerated() {
      for other in records[..<index] where own == other {
        Issue.record("two experiments have the record \(own)")
      }
    }
    #expect(records.count > 40)
  }

  @Test("no field is forgotten by these tests")
  func fields() {
    func fields(_ value: Any) -> Set<String> { Set(Mirror(reflecting: value).children.compactMap(\.label)) }
    #expect(fields(Recipe()) == Set(Self.recipeChanges.keys))
    #expect(fields(Experiment.lenet()) == Set(Self.changes.keys).union(Self.names).union(["recipe"]))
  }

  @Test("nothing of a machine is in it; its keys are those of a configuration")
  func keys() throws {
    let leaves = try Experiment.lenet().record().leaves.map(\.key)
    #expect(
      leaves == [
        "batch.microshards", "batch.size", "batch_norm.statistics", "collectives", "convolution",
        "data.shuffle",
        "data.test.description", "data.test.fingerprint", "data.train.description", "data.train.fingerprint",
        "epochs",
        "loss.label_smoothing", "loss.name", "model.graph", "model.initialization", "on_non_finite",
        "optimizer.decay",
        "optimizer.learning_rate", "optimizer.momentum", "optimizer.name", "optimizer.nesterov",
        "optimizer.schedule.final_learning_rate", "optimizer.schedule.name",
        "optimizer.schedule.warmup_epochs",
        "optimizer.weight_decay", "precision", "seed",
      ])
  }

  @Test("a model that does not take the data has no record")
  func mistake() {
    #expect(throws: ShapeError.self) { try record { $0.model = Linear(10) } }
  }
}

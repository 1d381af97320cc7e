import Foundation
import LockstepProgram
import Optimizers
import Records
import Testing
import Training

/// Valid configurations, drawn at random from a seed; most keys are left out.
private struct ConfigurationSource: RandomNumberGenerator {
  var state: UInt64

  // Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 17.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  private mutating func integer(_ range: ClosedRange<Int>) -> JSON {
    .integer(.random(in: range, using: &self))
  }
  private mutating func number(_ range: ClosedRange<Double>) -> JSON {
    .number(.random(in: range, using: &self))
  }
  private mutating func boolean() -> JSON { .boolean(.random(using: &self)) }
  private mutating func word(_ words: String...) -> JSON {
    .text(words[Int.random(in: words.indices, using: &self)])
  }

  /// A section of which some members are left out.
  private mutating func some(_ members: [(key: String, value: JSON)], always: Set<String> = ["name"]) -> JSON
  {
    .object(members.filter { always.contains($0.key) || .random(using: &self) })
  }

  /// A path with characters that YAML or JSON treat specially.
  private mutating func path() throws -> JSON {
    let characters: [Character] = [
      "a", "/", " ", ":", "#", "\"", "\\", "'", "\n", "\r\n", "\t", "é", "漢", "😀", "{", "}", ",", "-", "~",
      "\u{0}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FFFF}",
    ]
    let count = Int.random(in: 1...13, using: &self)
    return .text(try String((0..<count).map { _ in try #require(characters.randomElement(using: &self)) }))
  }

  private mutating func model() -> JSON {
    let common: [(key: String, value: JSON)] = [
      ("classes", integer(2...1_000)), ("initialization", word("default", "xavier", "he")),
      ("freeze", .list([.text("a.0"), .text("b")])), ("reset", .list([.text("c")])),
      ("initial_weights", .text(String(repeating: "0f", count: 32))),
    ]
    let stem = ("stem", word("imagenet", "small"))
    return switch Int.random(in: 0...5, using: &self) {
    case 5:
      some(
        common + [
          ("name", .text("vgg16")), ("dropout", number(0...0.9)), ("freeze_statistics", .boolean(true)),
        ],
        always: ["name", "freeze"])
    case 0: some(common + [("name", .text("lenet")), ("pooling", word("max", "average"))])
    case 1: some(common + [("name", word("mlp", "vgg11"))])
    case 2:
      some(
        common + [
          ("name", word("resnet18", "resnet34", "torchvision-resnet101")), stem,
          ("zero_init_residual", boolean()),
        ])
    case 3: some(common + [("name", word("densenet", "densenet121")), stem])
    default:
      some(
        common.filter { $0.key != "classes" } + [
          ("name", .text("sequential")),
          (
            "layers",
            .list([
              .object([
                ("repeat", integer(1...3)),
                ("layers", .list([.object([("linear", integer(1...9))]), .text("relu")])),
              ]),
              .text("batch_norm"), .object([("linear", integer(1...9)), ("bias", boolean())]),
            ])
          ),
        ], always: ["name", "layers"])
    }
  }

  private mutating func data(validates: Bool, weighsClasses: Bool) throws -> JSON {
    let isColored = Bool.random(using: &self)
    func channels(_ range: ClosedRange<Double>) -> JSON {
      isColored ? .list((0..<3).map { _ in number(range) }) : number(range)
    }
    let normalize = JSON.object([
      ("mean", channels(-1...1)), (Bool.random(using: &self) ? "std" : "deviation", channels(1e-9...10)),
    ])
    let sizes: [JSON] = [
      integer(512...1_024), .list([integer(512...700), integer(701...1_024)]),
      .object([("shorter_side", integer(512...1_024))]),
    ]
    let share = JSON.list([number(0.01...0.5), number(0.5...1)])
    let changes = some([
      ("crop_padding", integer(0...64)), ("flip", boolean()), ("resized_crop", some([("share", share)])),
      (
        "affine",
        some([
          ("degrees", number(0...180)), ("translate", number(0...1)), ("shear", number(0...89)),
          ("scale", .list([number(0.1...1), number(1...2)])),
        ])
      ),
      (
        "colors",
        some([("brightness", number(0...2)), ("contrast", number(0...2)), ("saturation", number(0...2))])
      ),
      ("erasing", some([("probability", number(0...1)), ("share", share)])),
    ])
    let held: [(key: String, value: JSON)] = validates ? [("validation_fraction", number(0.01...0.5))] : []
    let weights: [(key: String, value: JSON)] = weighsClasses ? [("weights", .text("balanced"))] : []
    let always: Set = ["name", "path", "validation_fraction"]
    if Bool.random(using: &self) {
      return some(
        held + weights + [
          ("name", .text("image-folder")), ("path", try path()),
          ("channels", isColored ? .integer(3) : .integer(1)),
          ("resize", sizes[Int.random(in: 0..<3, using: &self)]), ("test_fraction", number(0.01...0.5)),
          ("on_broken", word("stop", "skip")), ("cache_bytes", integer(0...(1 << 40))),
          ("loader_threads", integer(0...64)), ("normalize", normalize), ("augment", changes),
        ], always: always)
    }
    return some(
      held + weights + [
        ("name", word("glyphs", "mnist", "fashion-mnist", "idx", "cifar10", "cifar100")),
        ("path", try path()),
        ("resize", sizes[Int.random(in: 0..<3, using: &self)]),
        ("center_crop", .list([integer(1...255), integer(256...512)])),
        ("train_samples", integer(1...100_000)),
        ("test_samples", integer(1...100_000)), ("shuffle", boolean()), ("normalize", normalize),
        ("augment", changes), ("classes", .list([.text("a b"), .text("ü")])),
      ], always: always)
  }

  private mutating func schedule(epochs: Int, rate: Double) -> JSON {
    let warmup = Int.random(in: 0...epochs, using: &self)
    var members: [(key: String, value: JSON)] = [("warmup_epochs", .integer(warmup))]
    if warmup > 0 { members.append(("warmup_from", number(0...rate))) }
    switch Int.random(in: 0...2, using: &self) {
    case 1 where warmup + 1 < epochs:
      let milestones = (warmup + 1..<epochs).filter { _ in .random(using: &self) }
      let all = (milestones.isEmpty ? [warmup + 1] : milestones).map(JSON.integer)
      members += [("name", .text("step")), ("epochs", .list(all)), ("factor", number(0.01...1))]
    case 2: members += [("name", .text("cosine")), ("final_learning_rate", number(0...rate))]
    default: members.append(("name", .text("constant")))
    }
    return .object(members)
  }

  private mutating func optimizer(epochs: Int) -> JSON {
    let rate = Double.random(in: 1e-6...4, using: &self)
    let common: [(key: String, value: JSON)] = [
      ("learning_rate", .number(rate)), ("schedule", schedule(epochs: epochs, rate: rate)),
      ("weight_decay", number(0...1e-3)), ("decay", word("all", "weights")),
      ("rates", .object([("fc", number(0.1...10)), ("layer4", number(0.1...10))])),
      ("clip_norm", number(0.1...10)), ("ema", .object([("decay", number(0...0.999))])),
    ]
    let always: Set = ["name", "learning_rate", "momentum"]
    return Bool.random(using: &self)
      ? some(
        common + [("name", .text("sgd")), ("momentum", number(0.1...0.99)), ("nesterov", boolean())],
        always: always)
      : some(
        common + [
          ("name", .text("adamw")), ("betas", .list([number(0...0.99), number(0...0.99)])),
          ("epsilon", number(1e-9...1)),
        ], always: always)
  }

  mutating func configuration() throws -> JSON {
    let (microshards, epochs) = (Int.random(in: 1...4096, using: &self), Int.random(in: 1...20, using: &self))
    let (validates, weighs) = (Bool.random(using: &self), Int.random(in: 0...2, using: &self))
    let loss: JSON =
      weighs == 0
      ? .object([("name", word("squared", "binary_cross_entropy"))])
      : some(
        [("name", .text("cross_entropy")), ("label_smoothing", number(0...0.9))]
          + (weighs == 1 ? [("class_weights", .list([number(0.1...9), number(0.1...9)]))] : []))
    let best =
      validates
      ? word("validation_accuracy", "validation_loss", "none") : word("test_accuracy", "test_loss", "none")
    let statistics = Bool.random(using: &self) ? "rank" : "global"
    let verify: JSON = statistics == "rank" ? .object([]) : .object([("every_steps", integer(1...1_000))])
    return some(
      [
        ("model", model()), ("data", try data(validates: validates, weighsClasses: weighs == 2)),
        ("optimizer", optimizer(epochs: epochs)),
        ("epochs", .integer(epochs)),
        (
          "batch",
          .object([("microshards", .integer(microshards)), ("size", integer(microshards...100_000))])
        ),
        (
          "batch_norm",
          .object([("statistics", statistics == "rank" ? .text(statistics) : word("global", "microshard"))])
        ), ("loss", loss),
        ("seed", Bool.random(using: &self) ? integer(0...100) : integer(0...Int.max)),
        ("threads", integer(1...256)),
        ("precision", word("float32", "bfloat16")), ("convolution", word("auto", "direct", "winograd")),
        ("collectives", word("exact", "mpi")),
        (
          "reduction",
          some([
            ("bucket_bytes", integer(4...(1 << 31))), ("overlap", word("auto", "off", "calls", "thread")),
            ("ranks_per_host", integer(1...99)),
          ])
        ),
        ("log", .object([("every_steps", integer(1...1_000))])),
        (
          "tensorboard",
          some([
            ("every_steps", .random(using: &self) ? integer(1...1_000) : .text("never")),
            ("histograms_every_steps", .random(using: &self) ? integer(1...1_000) : .text("never")),
          ])
        ),
        ("desync_check", .object([("every_steps", integer(1...1_000))])),
        (
          "checkpoint",
          some([
            ("every_steps", integer(1...1_000)), ("every_minutes", number(0.1...60)),
            ("every_epochs", Bool.random(using: &self) ? .text("never") : integer(1...9)),
            ("keep", Bool.random(using: &self) ? .text("all") : integer(1...9)),
            ("best", best),
          ])
        ),
        (
          "stop",
          some(
            [("patience", integer(1...9)), ("metric", word(validates ? "validation_loss" : "test_loss"))],
            always: ["patience"])
        ),
        ("on_non_finite", word("stop", "skip_step")), ("verify", verify),
        ("watchdog", .object([("timeout_seconds", number(0...1_000))])),
      ], always: ["model", "data", "epochs"])
  }
}

/// The keys that the tests look up in the JSON, spelled as they stand there.
private struct Excerpt: Decodable {
  struct Section: Decodable {
    let path: String?
    let learning_rate: Double?
  }

  let data: Section
  let optimizer: Section
  let seed: Int
}

@Suite struct ConfigurationRoundTripTests {
  private func parse(_ json: JSON) throws -> Configuration {
    try Configuration.parse(json.description, source: "manifest.json")
  }

  @Test("the complete configuration has all that was given, and is read back to itself")
  func roundTrip() throws {
    var source = ConfigurationSource(state: 1)
    for _ in 0..<1_000 {
      let drawn = try source.configuration()
      let configuration = try parse(drawn)
      let json = configuration.json
      for (key, value) in drawn.leaves where key != "model.layers" {
        let written = key == "data.normalize.deviation" ? "data.normalize.std" : key
        #expect(json[written]?.description == value.description, "\(key) of \(drawn)")
      }
      #expect(try parse(json).json.description == json.description, "\(drawn)")
      // A checkpoint holds the record alone.
      #expect(
        try parse(configuration.experimentRecord).experimentRecord.description
          == configuration.experimentRecord.description)
      let isOneLine = !json.description.contains { $0.isNewline }
      #expect(isOneLine)
    }
  }

  @Test("another reader finds the same values in it")
  func isJSON() throws {
    var source = ConfigurationSource(state: 2)
    for _ in 0..<100 {
      let configuration = try parse(source.configuration())
      let root = try JSONDecoder().decode(Excerpt.self, from: Data(configuration.json.description.utf8))
      guard case .text(let path)? = configuration.json["data.path"] else {
        Issue.record("no path")
        continue
      }
      #expect(root.data.path.map { Array($0.utf8) } == Array(path.utf8))
      #expect(root.optimizer.learning_rate == configuration.recipe.schedule.baseLearningRate)
      #expect(root.seed == configuration.recipe.seed)
    }
  }

  @Test("different configurations have different texts")
  func distinguishes() throws {
    var source = ConfigurationSource(state: 3)
    let drawn = try (0..<200).map { _ in try parse(source.configuration()).json.description }
    #expect(Set(drawn).count == drawn.count)
  }
}

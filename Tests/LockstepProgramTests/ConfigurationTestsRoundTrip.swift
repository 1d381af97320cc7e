import Foundation
import Optimizers
import Testing
import Training

/// Valid configurations, drawn at random from a seed.
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

  private mutating func integer(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &self) }
  private mutating func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &self) }
  private mutating func oneOf<Value: CaseIterable>(_: Value.Type) throws -> Value {
    try #require(Value.allCases.randomElement(using: &self))
  }
  private mutating func maybe<Value>(_ value: (inout Self) throws -> Value) rethrows -> Value? {
    Bool.random(using: &self) ? try value(&self) : nil
  }

  /// A path with characters that YAML or JSON treat specially.
  private mutating func path() throws -> String {
    let characters: [Character] = [
      "a", "/", " ", ":", "#", "\"", "\\", "'", "\n", "\r\n", "\t", "é", "漢", "😀", "{", "}", ",", "-", "~",
      "\u{0}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FFFF}",
    ]
    return try String((0...integer(0...12)).map { _ in try #require(characters.randomElement(using: &self)) })
  }

  private mutating func schedule(epochs: Int) -> Schedule {
    var schedule = Schedule(baseLearningRate: number(1e-6...4))
    schedule.warmup = maybe { source in
      Schedule.Warmup(
        epochs: source.integer(1...epochs), from: source.number(0...schedule.baseLearningRate))
    }
    let first = (schedule.warmup?.epochs ?? 0) + 1
    switch integer(0...2) {
    case 1 where first < epochs:
      let milestones = (first..<epochs).filter { _ in Bool.random(using: &self) }
      schedule.curve = .step(epochs: milestones.isEmpty ? [first] : milestones, factor: number(0.01...1))
    case 2: schedule.curve = .cosine(final: number(0...schedule.baseLearningRate))
    default: break
    }
    return schedule
  }

  mutating func configuration() throws -> Configuration {
    var drawn = Configuration(
      model: .init(name: try oneOf(Configuration.Model.Name.self)),
      data: .init(name: try oneOf(Configuration.Data.Name.self), path: try path()))
    drawn.model.classes = integer(2...1_000)
    drawn.model.pooling = try oneOf(Configuration.Model.Pooling.self)
    if drawn.model.name.hasStem { drawn.model.stem = try oneOf(Configuration.Model.Stem.self) }
    if drawn.model.name.isResidual { drawn.model.zeroInitResidual = .random(using: &self) }
    drawn.loss.labelSmoothing = maybe { $0.number(0...0.9) } ?? 0
    drawn.model.initialization = try oneOf(Configuration.Model.Initialization.self)
    drawn.data.resize = maybe { $0.integer(1...1024) }
    drawn.data.trainSamples = maybe { $0.integer(1...100_000) } ?? drawn.data.trainSamples
    drawn.data.testSamples = maybe { $0.integer(1...100_000) } ?? drawn.data.testSamples
    drawn.data.shuffle = .random(using: &self)
    drawn.data.normalize = maybe { .init(mean: $0.number(-1...1), deviation: $0.number(1e-9...10)) }
    drawn.data.augment = maybe { source in
      var augment = Configuration.Data.Augment()
      augment.cropPadding = source.integer(0...64)
      augment.flip = .random(using: &source)
      return augment
    }
    drawn.batch.microshards = integer(1...4096)
    drawn.batch.size = integer(drawn.batch.microshards...100_000)
    drawn.batchNorm.statistics = try oneOf(Configuration.BatchNorm.Statistics.self)
    drawn.epochs = integer(1...20)
    drawn.optimizer.schedule = schedule(epochs: drawn.epochs)
    drawn.optimizer.momentum = maybe { $0.number(0.1...0.99) } ?? 0
    drawn.optimizer.nesterov = drawn.optimizer.momentum > 0 && .random(using: &self)
    drawn.optimizer.weightDecay = maybe { $0.number(0...1e-3) } ?? 0
    drawn.optimizer.decay = try oneOf(Configuration.Optimizer.Decay.self)
    drawn.seed = maybe { $0.integer(0...100) } ?? integer(0...Int.max)
    drawn.threads = integer(1...256)
    drawn.precision = try oneOf(Configuration.Precision.self)
    drawn.convolution = try oneOf(Configuration.Convolution.self)
    drawn.collectives = try oneOf(Configuration.Collectives.self)
    drawn.reduction.bucketBytes = maybe { $0.integer(4...(1 << 31)) }
    drawn.reduction.overlap = try oneOf(Configuration.Reduction.Overlap.self)
    drawn.reduction.ranksPerHost = maybe { $0.integer(1...99) }
    drawn.log.everySteps = integer(1...1_000)
    drawn.desyncCheck.everySteps = integer(1...1_000)
    return drawn
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
  @Test("canonical JSON is read back to an equal configuration")
  func roundTrip() throws {
    var source = ConfigurationSource(state: 1)
    for _ in 0..<1_000 {
      let drawn = try source.configuration()
      let json = drawn.canonicalJSON
      let read = try Configuration.parse(json, source: "manifest.json")
      #expect(read == drawn, "\(json)")
      #expect(read.canonicalJSON == json)
      let isOneLine = !json.contains { $0.isNewline }
      #expect(isOneLine)
    }
  }

  @Test("another reader finds the same values in it")
  func isJSON() throws {
    var source = ConfigurationSource(state: 2)
    for _ in 0..<100 {
      let drawn = try source.configuration()
      let root = try JSONDecoder().decode(Excerpt.self, from: Data(drawn.canonicalJSON.utf8))
      #expect(root.data.path.map { Array($0.utf8) } == drawn.data.path.map { Array($0.utf8) })
      #expect(root.optimizer.learning_rate == drawn.optimizer.schedule.baseLearningRate)
      #expect(root.seed == drawn.seed)
    }
  }

  @Test("different configurations have different texts")
  func distinguishes() throws {
    var source = ConfigurationSource(state: 3)
    let drawn = try (0..<200).map { _ in try source.configuration() }
    #expect(Set(drawn.map(\.canonicalJSON)).count == drawn.count)
  }
}

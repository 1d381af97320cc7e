import CanonicalTree
import Execution
import NeuralNetworks
import Randomness
import Testing

/// Dropout against its definition: what is left out follows from seed, step, sample and layer alone.
@Suite struct DropoutTests {
  private static func graph(_ probability: Double) throws -> Graph {
    try Graph(
      input: Shape(1, 6, 6), loss: .softmaxCrossEntropy,
      model: Sequential(
        Convolution2D(20, kernel: 3), Dropout(probability), Flatten(), Linear(18), Activation.relu,
        Dropout(probability), Linear(4)))
  }

  private static func executor(
    _ probability: Double, microshards: Int = 1, threads: Int = 1, statistics: BatchStatistics = .global
  ) throws -> Executor {
    let executor = try Executor.serial(
      try graph(probability),
      Executor.Options(
        partition: MicroshardPartition(batchSize: 12, count: microshards), statistics: statistics,
        threads: threads))
    executor.randomness = BatchRandomness(seed: 5, step: 9)
    return executor
  }

  /// The factors of a layer for a sample, in PyTorch's order.
  private static func factors(
    _ count: Int, skipped: Int, step: Int, sample: Int, probability: Double
  ) -> [Float] {
    var random = Philox(seed: 5, purpose: .dropout, step, sample)
    for _ in 0..<skipped { _ = random.nextWord() }
    return (0..<count).map { _ in Double(random.uniform()) < probability ? 0 : Float(1 / (1 - probability)) }
  }

  @Test("an evaluation, and training without any probability, change nothing")
  func identity() throws {
    let (with, without) = (try Self.executor(0.5), try Self.executor(0))
    let batch = RandomBatch(with.graph, samples: 12, seed: 1)
    #expect(
      try with.evaluate(samples: 12, fill: batch.fill).lossSum
        == without.evaluate(samples: 12, fill: batch.fill).lossSum)
    let running = try Self.executor(0.5, statistics: .running)
    #expect(
      try running.forwardBackward(samples: 12, fill: batch.fill).lossSum
        == without.forwardBackward(samples: 12, fill: batch.fill).lossSum)
    #expect(try running.gradients() == without.gradients())
    #expect(
      try with.forwardBackward(samples: 12, fill: batch.fill).lossSum
        != without.forwardBackward(samples: 12, fill: batch.fill).lossSum)
  }

  @Test("microshards and threads change only how sums are made", arguments: [2, 3, 5], [1, 3])
  func partition(microshards: Int, threads: Int) throws {
    let (one, many) = (
      try Self.executor(0.3), try Self.executor(0.3, microshards: microshards, threads: threads)
    )
    let batch = RandomBatch(one.graph, samples: 11, seed: 1)
    let expected = try one.forwardBackward(samples: 11, fill: batch.fill)
    let found = try many.forwardBackward(samples: 11, fill: batch.fill)
    #expect(abs(found.loss / expected.loss - 1) < 1e-6)
    for (gradient, other) in zip(try many.gradients(), try one.gradients()) {
      guard case (.floats(let gradient), .floats(let other)) = (gradient.elements, other.elements) else {
        continue
      }
      #expect(relativeError(gradient, other) < 1e-5)
    }
    let serial = try Self.executor(0.3, microshards: microshards)
    _ = try serial.forwardBackward(samples: 11, fill: batch.fill)
    #expect(try serial.gradients() == many.gradients(), "threads change no bit")
  }

  @Test("other steps and seeds leave out others; the same ones the same")
  func keys() throws {
    let executor = try Self.executor(0.3)
    let batch = RandomBatch(executor.graph, samples: 12, seed: 1)
    func loss(_ randomness: BatchRandomness) throws -> Double {
      executor.randomness = randomness
      return try executor.forwardBackward(samples: 12, fill: batch.fill).lossSum
    }
    let first = try loss(BatchRandomness(seed: 5, step: 9))
    #expect(try loss(BatchRandomness(seed: 5, step: 10)) != first)
    #expect(try loss(BatchRandomness(seed: 6, step: 9)) != first)
    #expect(try loss(BatchRandomness(seed: 5, step: 9)) == first)
  }

  @Test("what is left out, and the gradient, are those of the definition", arguments: [0.0, 0.25, 0.5, 0.9])
  func definition(probability: Double) throws {
    // One dropout between the input and a linear layer of known weights: y = W (m x / (1 − p)).
    let (features, classes) = (37, 3)
    let graph = try Graph(
      input: Shape(features), loss: .squared,
      model: Sequential(Linear(features, bias: false), Dropout(probability), Linear(classes, bias: false)))
    let executor = try Executor.serial(
      graph, Executor.Options(partition: MicroshardPartition(batchSize: 6, count: 2)))
    executor.randomness = BatchRandomness(seed: 5, step: 4)
    let unit = (0..<features * features).map { Float($0 / features == $0 % features ? 1 : 0) }
    let weights = (0..<classes * features).map { Float($0 % 7) - 3 }
    try executor.load([
      StateTensor(name: "0.weight", shape: [features, features], floats: unit),
      StateTensor(name: "2.weight", shape: [classes, features], floats: weights),
    ])
    let inputs = (0..<6).map { sample in (0..<features).map { Float(($0 * 5 + sample) % 11) - 4 } }
    _ = try executor.forwardBackward(samples: 6) { position, memory in
      for index in 0..<features { memory.input[index] = inputs[position][index] }
      for index in 0..<classes { memory.targets[index] = 0 }
    }
    var expected = [Double](repeating: 0, count: features * features)
    for (sample, input) in inputs.enumerated() {
      let factors = Self.factors(features, skipped: 0, step: 4, sample: sample, probability: probability)
      let kept = zip(input, factors).map { Double($0 * $1) }
      let outputs = (0..<classes).map { row in
        (0..<features).reduce(0.0) { $0 + Double(weights[row * features + $1]) * kept[$1] }
      }
      let found = executor.result(ofMicroshard: sample / 3)[sample % 3]
      #expect(relativeError(found, outputs.map(Float.init)) < 1e-6)
      for feature in 0..<features {
        let back = (0..<classes).reduce(0.0) { $0 + Double(weights[$1 * features + feature]) * outputs[$1] }
        for other in 0..<features {
          expected[feature * features + other] +=
            back * Double(factors[feature]) * Double(input[other]) / 6
        }
      }
    }
    guard
      case .floats(let gradient)? = try executor.gradients().first(where: { $0.name == "0.weight" })?.elements
    else { return }
    #expect(relativeError(gradient, expected.map(Float.init)) < 1e-5)
  }

  @Test("a second layer goes on in the stream of a sample, and the share is the probability")
  func shares() {
    let first = (0..<400).map { Self.factors(90, skipped: 0, step: 1, sample: $0, probability: 0.3) }
    let second = (0..<400).map { Self.factors(90, skipped: 92, step: 1, sample: $0, probability: 0.3) }
    #expect(first != second)
    let share = Double(first.joined().filter { $0 == 0 }.count) / (400 * 90)
    #expect(abs(share - 0.3) < 4 * (0.3 * 0.7 / 36_000).squareRoot())
  }
}

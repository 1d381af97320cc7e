import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// What must not change a result, and what a result means.
@Suite struct ExecutorLawTests {
  /// All that a training run leaves behind, compared bit for bit.
  struct Outcome: Hashable {
    var losses: [UInt64] = []
    var state: [String: [UInt32]] = [:]
    var gradients: [String: [UInt32]] = [:]

    /// The names of what is not the same bits; a failure that printed all numbers could not be read.
    func differences(from other: Outcome) -> [String] {
      (losses == other.losses ? [] : ["losses"])
        + Set(state.keys).union(other.state.keys).filter { state[$0] != other.state[$0] }.sorted()
        + Set(gradients.keys).union(other.gradients.keys).filter { gradients[$0] != other.gradients[$0] }
        .map { "gradient of " + $0 }.sorted()
    }
  }

  /// Sizes of batches of at most 13 samples: full, short, with empty microshards.
  static let sizes = [13, 6, 13, 1, 9]

  private func options(
    _ count: Int = 4, statistics: BatchStatistics = .global, threads: Int = 1, bucketByteCount: Int = 1 << 20,
    needsInputGradient: Bool = false
  ) -> Executor.Options {
    Executor.Options(
      partition: MicroshardPartition(batchSize: 13, count: count), statistics: statistics, threads: threads,
      bucketByteCount: bucketByteCount, needsInputGradient: needsInputGradient)
  }

  private func bits(_ tensors: [StateTensor]) -> [String: [UInt32]] {
    var result: [String: [UInt32]] = [:]
    for tensor in tensors {
      switch tensor.elements {
      case .floats(let values): result[tensor.name] = values.map(\.bitPattern)
      case .integers(let values): result[tensor.name] = values.map { UInt32(truncatingIfNeeded: $0) }
      }
    }
    return result
  }

  private func run(_ executor: Executor, _ sizes: [Int] = sizes) throws -> Outcome {
    var outcome = Outcome()
    for (step, size) in sizes.enumerated() {
      let batch = RandomBatch(executor.graph, samples: size, seed: UInt64(100 + step))
      outcome.losses.append(try executor.forwardBackward(samples: size, fill: batch.fill).lossSum.bitPattern)
      executor.descend()
    }
    outcome.state = bits(try executor.state())
    outcome.gradients = bits(try executor.gradients())
    return outcome
  }

  // MARK: - What must not change a result

  @Test(
    "the number of threads changes no bit", arguments: SmallModel.allCases, BatchStatistics.allTested)
  func threads(model: SmallModel, statistics: BatchStatistics) throws {
    let graph = try model.graph
    let expected = try run(.serial(graph, options(5, statistics: statistics)))
    for threads in [2, 3, 5, 7] {
      let found = try run(.serial(graph, options(5, statistics: statistics, threads: threads)))
      #expect(found.differences(from: expected) == [], "\(threads) threads")
    }
  }

  @Test("the size of buckets changes no bit", arguments: SmallModel.allCases, BatchStatistics.allTested)
  func buckets(model: SmallModel, statistics: BatchStatistics) throws {
    let graph = try model.graph
    let expected = try run(.serial(graph, options(statistics: statistics)))
    for bucketByteCount in [1, 64, 1000, Int(Int32.max)] {
      let found = try run(.serial(graph, options(statistics: statistics, bucketByteCount: bucketByteCount)))
      #expect(found.differences(from: expected) == [], "\(bucketByteCount) bytes")
    }
  }

  @Test("equal runs give equal bits; another seed, or another cut of the batch, does not")
  func runs() throws {
    let graph = try SmallModel.residual.graph
    let expected = try run(.serial(graph, options()))
    #expect(try run(.serial(graph, options())).differences(from: expected) == [])
    for other in try [run(.serial(graph, options(), seed: 10)), run(.serial(graph, options(3)))] {
      #expect(other.differences(from: expected).count > graph.parameters.count)
    }
  }

  @Test("a batch from the same state gives the same bits again", arguments: SmallModel.allCases)
  func sameBatchTwice(model: SmallModel) throws {
    let executor = try Executor.serial(try model.graph, options())
    _ = try run(executor)
    let state = try executor.state()
    let first = try run(executor, [13, 6])
    try executor.load(state)
    #expect(try run(executor, [13, 6]).differences(from: first) == [])
  }

  @Test(
    "short batches leave no trace but the state", arguments: SmallModel.allCases, BatchStatistics.allTested)
  func shortBatchBetween(model: SmallModel, statistics: BatchStatistics) throws {
    let graph = try model.graph
    for short in [1, 5, 8, 12] {
      let executor = try Executor.serial(graph, options(statistics: statistics, threads: 2))
      _ = try run(executor, [13, short])
      let fresh = try Executor.serial(graph, options(statistics: statistics, threads: 2), seed: 55)
      try fresh.load(try executor.state())
      let differences = try run(executor, [13]).differences(from: run(fresh, [13]))
      #expect(differences == [], "a batch of \(short) before")
    }
  }

  @Test(
    "evaluation changes nothing that training sees", arguments: SmallModel.allCases, BatchStatistics.allTested
  )
  func evaluation(model: SmallModel, statistics: BatchStatistics) throws {
    let graph = try model.graph
    let (executor, undisturbed) = try (
      Executor.serial(graph, options(statistics: statistics)),
      Executor.serial(graph, options(statistics: statistics))
    )
    #expect(try run(executor, [13]).differences(from: run(undisturbed, [13])) == [])
    let before = bits(try executor.state())
    for size in [13, 4, 1] {
      let batch = RandomBatch(graph, samples: size, seed: 200)
      let first = try executor.evaluate(samples: size, fill: batch.fill)
      #expect(try executor.evaluate(samples: size, fill: batch.fill) == first)
      #expect(first.samples == Double(size) && first.loss.isFinite)
    }
    #expect(bits(try executor.state()) == before)
    #expect(try run(executor, [13, 6]).differences(from: run(undisturbed, [13, 6])) == [])
  }

  @Test("asking for the input's gradient changes the result only by rounding", arguments: SmallModel.allCases)
  func inputGradient(model: SmallModel) throws {
    let graph = try model.graph
    let batch = RandomBatch(graph, samples: 13)
    let plain = try Executor.serial(graph, options())
    let asked = try Executor.serial(graph, options(needsInputGradient: true))
    let losses = try [plain, asked].map { try $0.forwardBackward(samples: 13, fill: batch.fill).loss }
    #expect(abs(losses[0] - losses[1]) < 1e-6 * losses[0])
    for (first, second) in zip(try plain.gradients(), try asked.gradients()) {
      #expect(try largestDifference(first, second) < 1e-4, "\(first.name)")
    }
    #expect(plain.inputGradient(ofMicroshard: 0).isEmpty)
    #expect(asked.inputGradient(ofMicroshard: 0).count == 4)
  }

  // MARK: - What a gradient means

  @Test(
    "the gradient is the sum over samples divided by their number, however unequal the microshards",
    arguments: SmallModel.allCases, [13, 9])
  func plainMean(model: SmallModel, samples: Int) throws {
    let graph = try model.graph
    let batch = RandomBatch(graph, samples: samples)
    let whole = try Executor.serial(graph, options(1))
    let cut = try Executor.serial(graph, options(4))
    let metrics = try [whole, cut].map { try $0.forwardBackward(samples: samples, fill: batch.fill) }
    #expect(abs(metrics[0].loss - metrics[1].loss) < 1e-6 * metrics[0].loss)
    #expect(metrics.map(\.samples) == [Double(samples), Double(samples)])
    for (first, second) in zip(try whole.gradients(), try cut.gradients()) {
      // Biases before a normalization have a gradient of zero and are not compared relatively.
      guard try first.floats.map(abs).max() ?? 0 > 1e-6 else { continue }
      #expect(try largestDifference(first, second) < 1e-4, "\(first.name)")
    }
  }

  @Test("correct counts the samples whose largest result is that of their label")
  func correct() throws {
    let graph = try SmallModel.leNet.graph
    let executor = try Executor.serial(graph, options())
    let batch = RandomBatch(graph, samples: 13)
    let metrics = try executor.forwardBackward(samples: 13, fill: batch.fill)
    let rows = (0..<4).flatMap { executor.result(ofMicroshard: $0) }
    try #require(rows.count == 13)
    let expected = zip(rows, batch.labels).count { row, label in row.max() == row[Int(label)] }
    #expect(metrics.correct == Double(expected) && metrics.accuracy == Double(expected) / 13)
    #expect(expected > 0 && expected < 13)
  }

  /// The largest difference of two tensors, relative to the largest element.
  private func largestDifference(_ first: StateTensor, _ second: StateTensor) throws -> Float {
    let (first, second) = (try first.floats, try second.floats)
    guard first.count == second.count, first.allSatisfy(\.isFinite), second.allSatisfy(\.isFinite) else {
      return .infinity
    }
    let scale = max(first.map(abs).max() ?? 0, .leastNormalMagnitude)
    return (zip(first, second).map { abs($0 - $1) }.max() ?? 0) / scale
  }
}

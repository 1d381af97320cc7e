import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Gradients of a network that normalizes with its running statistics: what these leave as it is.
///
/// That the gradients are right is among the `FiniteDifferenceTests`.
@Suite struct RunningStatisticsTests {
  private func executor(
    _ model: SmallModel, _ statistics: BatchStatistics = .running, microshards: Int = 4, threads: Int = 1,
    bucketByteCount: Int = 1 << 20
  ) throws -> Executor {
    let executor = try Executor.serial(
      try model.graph,
      Executor.Options(
        partition: MicroshardPartition(batchSize: 13, count: microshards), statistics: statistics,
        threads: threads, bucketByteCount: bucketByteCount))
    try executor.loadRandomBuffers()
    return executor
  }

  @Test("a batch changes no parameter and no running statistic", arguments: SmallModel.allCases, [13, 6])
  func state(model: SmallModel, samples: Int) throws {
    for statistics in [BatchStatistics.running, .global] {
      let executor = try executor(model, statistics)
      let before = try executor.state()
      let batch = RandomBatch(executor.graph, samples: samples)
      _ = try executor.forwardBackward(samples: samples, fill: batch.fill)
      // The control: other statistics do.
      let hasStatistics = !executor.graph.buffers.isEmpty
      #expect(try (executor.state() == before) == (statistics == .running || !hasStatistics))
    }
  }

  @Test("the loss is the evaluation's", arguments: SmallModel.allCases)
  func loss(model: SmallModel) throws {
    let executor = try executor(model)
    let batch = RandomBatch(executor.graph, samples: 11)
    let trained = try executor.forwardBackward(samples: 11, fill: batch.fill)
    let evaluated = try executor.evaluate(samples: 11, fill: batch.fill)
    #expect(abs(trained.loss - evaluated.loss) <= 1e-6 * evaluated.loss)
    #expect(trained.samples == evaluated.samples)
    // The control: batch statistics give another one.
    guard !executor.graph.buffers.isEmpty else { return }
    let other = try self.executor(model, .global).forwardBackward(samples: 11, fill: batch.fill)
    #expect(abs(other.loss - evaluated.loss) > 1e-3 * evaluated.loss)
  }

  @Test("threads and buckets change no bit", arguments: SmallModel.allCases)
  func bits(model: SmallModel) throws {
    func gradient(threads: Int, bucketByteCount: Int) throws -> [UInt32] {
      let executor = try executor(model, threads: threads, bucketByteCount: bucketByteCount)
      for samples in [13, 5, 9] {
        let batch = RandomBatch(executor.graph, samples: samples)
        _ = try executor.forwardBackward(samples: samples, fill: batch.fill)
        executor.descend()
      }
      return try executor.gradientVector().map(\.bitPattern)
    }
    let expected = try gradient(threads: 1, bucketByteCount: 1 << 20)
    for (threads, bucketByteCount) in [(2, 1 << 20), (3, 64), (1, 1)] {
      #expect(try gradient(threads: threads, bucketByteCount: bucketByteCount) == expected)
    }
  }

  @Test("the gradient of a batch is the mean of those of its samples: there is no statistic between them")
  func samplesAreIndependent() throws {
    func differences(_ statistics: BatchStatistics) throws -> Float {
      let executor = try executor(.residual, statistics)
      let batch = RandomBatch(executor.graph, samples: 4)
      _ = try executor.forwardBackward(samples: 4, fill: batch.fill)
      let whole = try executor.gradientVector()
      var mean = whole.map { _ in Float(0) }
      for sample in 0..<4 {
        _ = try executor.forwardBackward(samples: 1) { _, memory in batch.fill(sample, memory) }
        for (index, element) in try executor.gradientVector().enumerated() { mean[index] += element / 4 }
      }
      return (zip(whole, mean).map { abs($0 - $1) }.max() ?? 0) / (whole.map(abs).max() ?? 1)
    }
    #expect(try differences(.running) < 1e-5)
    #expect(try differences(.global) > 0.01)
  }
}

/// Parameters and gradients as one vector.
@Suite struct ExecutorVectorTests {
  @Test("the vector is the parameters of the state, in their order", arguments: SmallModel.allCases)
  func order(model: SmallModel) throws {
    let graph = try model.graph
    let options = Executor.Options(partition: MicroshardPartition(batchSize: 6, count: 2))
    let executor = try Executor.serial(graph, options)
    let paths = graph.parameters.map(\.path)
    #expect(try executor.parameterVector().map(Double.init) == executor.state().doubles(paths).flatMap { $0 })
    let batch = RandomBatch(graph, samples: 6)
    _ = try executor.forwardBackward(samples: 6, fill: batch.fill)
    let gradients = try executor.gradients().doubles(paths).flatMap { $0 }
    #expect(try executor.gradientVector().map(Double.init) == gradients)
  }

  @Test("parameters that are set are those computed with", arguments: SmallModel.allCases)
  func set(model: SmallModel) throws {
    let graph = try model.graph
    let options = Executor.Options(partition: MicroshardPartition(batchSize: 6, count: 2))
    let (executor, other) = try (
      Executor.serial(graph, options, seed: 1), Executor.serial(graph, options, seed: 2)
    )
    let batch = RandomBatch(graph, samples: 6)
    func metrics(_ executor: Executor) throws -> BatchMetrics {
      try executor.forwardBackward(samples: 6, fill: batch.fill)
    }
    #expect(try metrics(executor) != metrics(other))
    try other.setParameters(executor.parameterVector())
    #expect(try other.parameterVector() == executor.parameterVector())
    #expect(try metrics(executor) == metrics(other))
  }
}

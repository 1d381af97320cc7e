import CanonicalTree
import Execution
import NeuralNetworks
import Randomness
import Testing

/// Laws of products with the Hessian, and the operations for which there is no golden file.
@Suite struct HessianProductTests {
  /// A network with random parameters, a batch and a vector.
  private struct Problem {
    let executor: Executor
    let batch: RandomBatch
    let vector: [Float]
    let products: HessianProducts

    init(
      _ graph: Graph, _ statistics: BatchStatistics, microshards: Int = 3, threads: Int = 1,
      batchSize: Int = 6
    ) throws {
      executor = try Executor.serial(
        graph,
        Executor.Options(
          partition: MicroshardPartition(batchSize: batchSize, count: microshards), statistics: statistics,
          threads: threads))
      try executor.loadRandomBuffers()
      executor.randomness = BatchRandomness(seed: 4, step: 9)
      batch = RandomBatch(graph, samples: batchSize - 1)
      vector = Self.vector(1, count: graph.parameterCount)
      products = try HessianProducts(
        of: executor, reduction: SerialReduction(microshardCount: microshards))
    }

    static func vector(_ seed: UInt64, count: Int) -> [Float] {
      var random = Philox(seed: seed, purpose: .test)
      return (0..<count).map { _ in random.normal() }
    }

    func product(with vector: [Float]) throws -> [Float] {
      try products.setDirection(vector)
      return try products.product(samples: batch.labels.count, fill: batch.fill)
    }

    /// The difference of the executor's gradients.
    func difference(step: Float) throws -> [Float] {
      let point = try executor.parameterVector()
      func gradient(_ factor: Float) throws -> [Float] {
        try executor.setParameters(zip(point, vector).map { $0 + factor * $1 })
        _ = try executor.forwardBackward(samples: batch.labels.count, fill: batch.fill)
        return try executor.gradientVector()
      }
      let (after, before) = (try gradient(step), try gradient(-step))
      try executor.setParameters(point)
      return zip(after, before).map { ($0 - $1) / (2 * step) }
    }
  }

  private static let all: [BatchStatistics] = [.global, .microshard, .rank, .running]

  /// Smooth, with dropout and average pooling.
  private static func smooth() throws -> Graph {
    try Graph(
      input: Shape(2, 6, 6), loss: .binaryCrossEntropy,
      model: Sequential(
        Convolution2D(5, kernel: 3, padding: 1), BatchNorm(), Activation.sigmoid, Dropout(0.3),
        Convolution2D(4, kernel: 3, padding: 1), Activation.sigmoid,
        Pooling2D(.average, kernel: 3, stride: 2, padding: 1), Flatten(), Linear(7), BatchNorm(),
        Activation.sigmoid, Linear(3)))
  }

  @Test("a product is the difference of gradients, in each mode of batch norm", arguments: all)
  func difference(statistics: BatchStatistics) throws {
    let problem = try Problem(try Self.smooth(), statistics, batchSize: 24)
    let difference = try problem.difference(step: 1e-3)
    let error = relativeError(try problem.product(with: problem.vector), difference)
    #expect(error < 5e-3)
    // The control: another vector.
    let other = try problem.product(with: Problem.vector(2, count: problem.vector.count))
    #expect(relativeError(other, difference) > 0.1)
  }

  @Test(
    "products are linear and symmetric, for every operation", arguments: SmallModel.allCases,
    [BatchStatistics.global, .microshard, .running])
  func symmetric(model: SmallModel, statistics: BatchStatistics) throws {
    let problem = try Problem(try model.graph, statistics)
    let (one, two) = (problem.vector, Problem.vector(2, count: problem.vector.count))
    let (oneImage, twoImage) = (try problem.product(with: one), try problem.product(with: two))
    func dot(_ left: [Float], _ right: [Float]) -> Double {
      zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let scale = (dot(oneImage, oneImage) * dot(two, two)).squareRoot()
    #expect(abs(dot(two, oneImage) - dot(one, twoImage)) < 1e-5 * scale)
    let sum = try problem.product(with: zip(one, two).map { $0 + 2 * $1 })
    #expect(relativeError(sum, zip(oneImage, twoImage).map { $0 + 2 * $1 }) < 2e-5)
    #expect(try problem.product(with: one.map { 4 * $0 }) == oneImage.map { 4 * $0 })
    #expect(try problem.product(with: one.map { _ in 0 }).allSatisfy { $0 == 0 })
  }

  @Test("threads change no bit, and nothing of the executor changes", arguments: SmallModel.allCases)
  func threads(model: SmallModel) throws {
    let graph = try model.graph
    let one = try Problem(graph, .global, microshards: 5)
    let state = try one.executor.state()
    let expected = try one.product(with: one.vector)
    #expect(try one.executor.state() == state)
    #expect(try one.product(with: one.vector) == expected, "a second pass")
    for threads in 2...3 {
      let other = try Problem(graph, .global, microshards: 5, threads: threads)
      #expect(try other.product(with: other.vector) == expected, "\(threads) threads")
    }
    // The control: other microshards sum otherwise.
    let other = try Problem(graph, .global, microshards: 2)
    #expect(try other.product(with: other.vector) != expected)
  }
}

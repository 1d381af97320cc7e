import CanonicalTree
import Execution
import MPI
import NeuralNetworks
import Testing

extension DataParallelTests {
  /// Several ranks make products with the Hessian as one.
  @Suite struct HessianProductLaws {
    /// By size of a batch, the bits of a product; none is longer than the first.
    private static func bits(
      _ reduction: any BatchReduction, _ other: any BatchReduction, _ network: TestNetwork,
      _ statistics: BatchStatistics, threads: Int, seed: Int = 0
    ) throws -> [[UInt64]] {
      let graph = try network.graph()
      let executor = try Executor(
        graph, reduction: reduction,
        options: Executor.Options(
          partition: MicroshardPartition(batchSize: 16, count: reduction.microshardCount),
          statistics: statistics, threads: threads))
      try executor.initialize(.xavier, seed: 21)
      let products = try HessianProducts(of: executor, reduction: other)
      try products.setDirection((0..<graph.parameterCount).map { Float(($0 + seed) % 7) - 3 })
      return try [16, 11, 3, 1, 16].map { samples in
        let product = try products.product(samples: samples) { position, memory in
          TrainingRun.fill(graph, step: samples, position: position, memory)
        }
        #expect(product.contains { $0 != 0 } && product.allSatisfy(\.isFinite))
        return product.map { UInt64($0.bitPattern) }
      }
    }

    @Test(
      "any number of ranks gives the bits of one",
      arguments: [BatchStatistics.global, .microshard, .running],
      Transport.allCases)
    func oracle(statistics: BatchStatistics, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        for (network, least) in [(TestNetwork.small, 1), (.small, 13), (.wide, 8)] {
          let count = max(least, world.size)
          let found = try Self.bits(
            transport.make(world, microshardCount: count), transport.make(world, microshardCount: count),
            network, statistics, threads: 1 + world.rank % 2)
          let (one, two) = (SerialReduction(microshardCount: count), SerialReduction(microshardCount: count))
          #expect(try found == Self.bits(one, two, network, statistics, threads: 2))
          #expect(try world.agrees(on: found.flatMap { $0 }))
          // The control: another vector.
          let (three, four) = (
            SerialReduction(microshardCount: count), SerialReduction(microshardCount: count)
          )
          #expect(try found != Self.bits(three, four, network, statistics, threads: 1, seed: 1))
        }
      }
    }
  }
}

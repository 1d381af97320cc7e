import CanonicalTree
import DataParallel
import Execution
import MPI
import NeuralNetworks
import Testing

extension DataParallelTests {
  /// A microshard that another rank computes as well.
  @Suite struct Verifications {
    static let sizes = [16, 11, 3, 16, 1, 16]

    /// Trains with a microshard that each step verifies on one rank; the hashes of both ranks, by step.
    private func verify(
      _ run: TrainingRun, _ world: Communicator, _ transport: Transport, microshards: Int
    ) throws -> [(own: [UInt64], shadow: [UInt64])] {
      let reduction = try transport.make(world, microshardCount: microshards)
      let expected = try run(reduction)
      var verifying = run
      let (rank, ranks) = (world.rank, world.size)
      let partition = MicroshardPartition(batchSize: Self.sizes[0], count: microshards)
      verifying.verification = { step, samples in
        // The checker may be the owner, too, and each microshard that has samples comes in turn.
        let filled = (samples + partition.capacity - 1) / partition.capacity
        return Verification(microshard: (5 * step + 3) % filled, isShadowed: step % ranks == rank)
      }
      let found = try verifying(transport.make(world, microshardCount: microshards))
      #expect(found.differences(from: expected) == [])
      return try found.verified.indices.map { step in
        let hashes = found.verified[step]
        #expect(hashes.shadow.isEmpty == (step % ranks != rank))
        let (own, shadow) = (try world.allGatherV(hashes.own), try world.allGatherV(hashes.shadow))
        #expect(own.count { !$0.isEmpty } == 1 && shadow.count { !$0.isEmpty } == 1)
        return (own.flatMap { $0 }, shadow.flatMap { $0 })
      }
    }

    @Test(
      "what owner and checker hash is the same, and no bit of the result changes",
      arguments: [BatchStatistics.global, .microshard], Transport.allCases)
    func quiet(statistics: BatchStatistics, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        for (microshards, threads) in [(8, 1), (13, 1 + world.rank % 2), (5, 2)]
        where microshards >= world.size {
          let run = TrainingRun(
            microshardCount: microshards, statistics: statistics, threads: threads, batchSizes: Self.sizes)
          for (step, hashes) in try verify(run, world, transport, microshards: microshards).enumerated() {
            #expect(hashes.own == hashes.shadow, "step \(step) of \(microshards) microshards")
            // Loss, two normalizations with moments and backward sums, and at least the gradients of three layers.
            #expect(hashes.own.count >= 5 + 6 && Set(hashes.own).count == hashes.own.count)
          }
        }
      }
    }

    @Test("so it is with values in bfloat16", .enabled(if: KernelLibrary.supports(.bfloat16)))
    func bfloat16() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let run = TrainingRun(
          microshardCount: 8, statistics: .global, batchSizes: Self.sizes, precision: .bfloat16)
        for hashes in try verify(run, world, .sharedMemory, microshards: 8) {
          #expect(hashes.own == hashes.shadow)
        }
      }
    }

    @Test("the control: other samples give other hashes of every contribution")
    func control() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let graph = try TestNetwork.wide.graph()
        let executor = try Executor(
          graph, reduction: Transport.sharedMemory.make(world, microshardCount: 8),
          options: Executor.Options(partition: MicroshardPartition(batchSize: 16, count: 8), verifies: true))
        try executor.initialize(.xavier, seed: 21)
        var hashes: [[UInt64]] = []
        for step in 0..<2 {
          _ = try executor.forwardBackward(
            samples: 16, verification: Verification(microshard: 0, isShadowed: true)
          ) { TrainingRun.fill(graph, step: step, position: $0, $1) }
          hashes.append(executor.verifiedHashes.shadow)
        }
        try #require(hashes.allSatisfy { $0.count == executor.verifiedNames.count })
        for (name, pair) in zip(executor.verifiedNames, zip(hashes[0], hashes[1])) {
          #expect(pair.0 != pair.1, "\(name)")
        }
        #expect(
          executor.verifiedNames == [
            "the statistics of bn1", "the statistics of bn2", "the loss",
            "the sums of the backward pass of bn2",
            "the gradient of fc3.weight", "the gradient of fc3.bias", "the gradient of fc2.weight",
            "the gradient of fc2.bias", "the sums of the backward pass of bn1", "the gradient of fc1.weight",
            "the gradient of fc1.bias", "the gradient of conv1.weight", "the gradient of conv1.bias",
          ])
      }
    }
  }
}

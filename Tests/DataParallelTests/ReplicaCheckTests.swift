import CanonicalTree
import Execution
import MPI
import NeuralNetworks
import Testing

extension DataParallelTests {
  /// Replicas that are no longer the same are noticed, in the same step by all ranks.
  @Suite struct ReplicaChecks {
    static let statistics: [BatchStatistics] = [.global, .microshard, .rank]

    @Test(
      "equal replicas never fail a check, and the check changes no bit", arguments: statistics,
      Transport.allCases)
    func quiet(statistics: BatchStatistics, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        for microshards in [8, 13] {
          // Short and empty microshards; 13 are not divisible by 2, 3 or 4 ranks.
          var run = TrainingRun(
            microshardCount: microshards, statistics: statistics, threads: 1 + world.rank % 2,
            batchSizes: [16, 11, 3, 16, 1, 16])
          let expected = try run(transport.make(world, microshardCount: microshards))
          run.checksReplicas = true
          let found = try run(transport.make(world, microshardCount: microshards))
          #expect(found.differences(from: expected) == [])
        }
      }
    }

    @Test(
      "one bit on one rank fails the next check on all ranks, and no step without one",
      arguments: ["conv1.weight", "bn2.bias", "fc.bias", "bn1.running_mean", "bn2.running_var"],
      Transport.allCases)
    func oneBit(tensor: String, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let graph = try TestNetwork.small.graph()
        for faulty in 0..<world.size {
          let executor = try Executor(
            graph, reduction: transport.make(world, microshardCount: 13),
            options: Executor.Options(partition: MicroshardPartition(batchSize: 16, count: 13)))
          try executor.initialize(.xavier, seed: 21)
          func train(step: Int, checks: Bool) throws {
            // Of these batches the ranks but the first have empty microshards only, or hardly a sample.
            _ = try executor.forwardBackward(samples: step.isMultiple(of: 2) ? 16 : 3, checksReplicas: checks)
            {
              TrainingRun.fill(graph, step: step, position: $0, $1)
            }
          }
          try train(step: 0, checks: true)
          try train(step: 1, checks: true)
          if world.rank == faulty { try executor.flipBit(of: tensor) }
          let expected = executor.replicaCheckHashes()
          try train(step: 2, checks: false)
          if world.size == 1 {
            try train(step: 3, checks: true)
            continue
          }
          // The step before has changed the running statistics of all ranks, but not their difference.
          let error = #expect(throws: ReplicaCheckFailure.self) { try train(step: 3, checks: true) }
          let found = try #require(error).hashes
          #expect(found.map(\.name) == expected.map(\.name))
          let hashes = try world.allGatherV(found.map(\.hash))
          let differing = found.indices.filter { index in Set(hashes.map { $0[index] }).count > 1 }
          #expect(differing.map { found[$0].name } == [tensor])
          for index in differing {
            for rank in 0..<world.size where rank != faulty && world.size > 2 {
              let isEqual = hashes[rank][index] == hashes[(0..<world.size).first { $0 != faulty } ?? 0][index]
              #expect(isEqual, "rank \(rank)")
            }
          }
        }
      }
    }
  }
}

extension Executor {
  /// Flips one bit of the last element of a parameter or of a running statistic, as a fault of memory would.
  fileprivate func flipBit(of name: String) throws {
    try load(
      state().map { tensor in
        guard tensor.name == name, case .floats(var values) = tensor.elements else { return tensor }
        let last = values.count - 1
        values[last] = Float(bitPattern: values[last].bitPattern ^ 1 << 12)
        return StateTensor(name: name, shape: tensor.shape, floats: values)
      })
  }
}

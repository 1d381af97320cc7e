import DataParallel
import Execution
import MPI
import Testing

extension DataParallelTests {
  /// Several ranks train as one.
  @Suite struct Training {
    struct Case: Sendable, CustomTestStringConvertible {
      var statistics: BatchStatistics
      /// At least; the microshards are never fewer than the ranks.
      var microshards: Int
      var batchSizes: [Int]
      var bucketByteCount: Int
      var testDescription: String {
        "\(statistics) statistics, \(microshards) microshards, batches of \(batchSizes)"
      }
    }

    /// Full, short and nearly empty batches: where a batch has one sample, all ranks but the first are idle.
    static let sizes = [[16, 16, 16], [16, 11, 3, 16, 1, 16]]

    static let cases = [BatchStatistics.global, .microshard].flatMap { statistics in
      [1, 8, 13].flatMap { microshards in
        sizes.map {
          Case(statistics: statistics, microshards: microshards, batchSizes: $0, bucketByteCount: 500)
        }
      }
    }

    private func run(_ test: Case, _ world: Communicator) -> TrainingRun {
      // Ranks may even have different numbers of threads.
      TrainingRun(
        microshardCount: max(test.microshards, world.size), statistics: test.statistics,
        threads: 1 + world.rank % 2, bucketByteCount: test.bucketByteCount, batchSizes: test.batchSizes)
    }

    @Test(
      "any number of ranks gives the bits of one: losses, parameters, buffers, evaluation", arguments: cases,
      Transport.allCases)
    func oracle(test: Case, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let run = run(test, world)
        let outcome = try run(transport.make(world, microshardCount: run.microshardCount))
        let expected = try run.serial()
        #expect(outcome.differences(from: expected) == [])
        #expect(outcome.losses.allSatisfy { $0.isFinite })
        #expect(Set(outcome.losses).count == outcome.losses.count, "the losses must not stand still")
      }
    }

    @Test(
      "so it does with values in bfloat16", .enabled(if: KernelLibrary.supports(.bfloat16)),
      arguments: sizes, [BatchStatistics.global, .microshard])
    func bfloat16(batchSizes: [Int], statistics: BatchStatistics) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let test = Case(
          statistics: statistics, microshards: 8, batchSizes: batchSizes, bucketByteCount: 500)
        var run = run(test, world)
        let single = try run.serial()
        run.precision = .bfloat16
        let outcome = try run(Transport.sharedMemory.make(world, microshardCount: run.microshardCount))
        #expect(try outcome.differences(from: run.serial()) == [])
        #expect(outcome.differences(from: single).contains("metrics"), "another precision, other bits")
        for (found, expected) in zip(outcome.losses, single.losses) {
          #expect(abs(found - expected) < 0.1 * expected)
        }
      }
    }

    @Test(
      "how gradients are cut into buckets changes no bit", arguments: [1, 3000, Int(Int32.max)],
      Transport.allCases)
    func buckets(bucketByteCount: Int, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let test = Case(
          statistics: .global, microshards: 8, batchSizes: Self.sizes[1], bucketByteCount: bucketByteCount)
        let run = run(test, world)
        var other = run
        other.bucketByteCount = 500
        let outcome = try run(transport.make(world, microshardCount: run.microshardCount))
        #expect(try outcome.differences(from: other.serial()) == [])
      }
    }

    @Test(
      "all ranks hold the same bits, running statistics included",
      arguments: [BatchStatistics.global, .microshard, .rank], Transport.allCases)
    func ranksAgree(statistics: BatchStatistics, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        for batchSizes in Self.sizes {
          let test = Case(
            statistics: statistics, microshards: 8, batchSizes: batchSizes, bucketByteCount: 500)
          let run = run(test, world)
          let outcome = try run(transport.make(world, microshardCount: run.microshardCount))
          #expect(try world.agrees(on: outcome.words))
          #expect(outcome.runningStatistics.count == 4)
          // The control: the ranks' own numbers must not pass for equal.
          #expect(try world.agrees(on: outcome.words + [UInt64(world.rank)]) == (world.size == 1))
        }
      }
    }
  }
}

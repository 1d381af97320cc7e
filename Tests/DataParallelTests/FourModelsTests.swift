import DataParallel
import Execution
import MPI
import Testing

extension DataParallelTests {
  /// One network trained four ways, of which the last must differ.
  ///
  /// On the whole batch in one piece, with synchronized statistics on one rank and on all, and with unsynchronized
  /// ones. That the last differs proves that the comparison can tell.
  @Suite struct Normalization {
    /// A rounding error in the first step grows over the steps; another normalization shows at once.
    static let roundingTolerance = 1e-4

    private func run(_ count: Int, _ statistics: BatchStatistics) -> TrainingRun {
      TrainingRun(microshardCount: count, statistics: statistics, batchSizes: [16, 16, 13, 16])
    }

    /// The largest relative difference of the losses.
    private func difference(_ first: TrainingRun.Outcome, _ second: TrainingRun.Outcome) -> Double {
      zip(first.losses, second.losses).map { abs($0 - $1) / abs($1) }.max() ?? .infinity
    }

    @Test("synchronized statistics are those of the whole batch; those of a rank are not")
    func fourModels() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let count = max(8, world.size)
        func parallel(_ statistics: BatchStatistics) throws -> TrainingRun.Outcome {
          try run(count, statistics)(Transport.sharedMemory.make(world, microshardCount: count))
        }
        let whole = try run(1, .global).serial()
        let oneRank = try run(count, .global).serial()
        let synchronized = try parallel(.global)
        let unsynchronized = try parallel(.rank)

        #expect(synchronized.differences(from: oneRank) == [])
        #expect(difference(synchronized, whole) < Self.roundingTolerance)
        if world.size == 1 {
          #expect(difference(unsynchronized, whole) < Self.roundingTolerance)
        } else {
          #expect(difference(unsynchronized, whole) > 10 * Self.roundingTolerance)
          #expect(unsynchronized.differences(from: synchronized).contains("bn1.running_var"))
        }
      }
    }

    @Test("statistics of microshards differ from those of the batch, but not with the number of ranks")
    func ghost() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let count = max(8, world.size)
        let oneRank = try run(count, .microshard).serial()
        let parallel = try run(count, .microshard)(Transport.sharedMemory.make(world, microshardCount: count))
        #expect(parallel.differences(from: oneRank) == [])
        let whole = try run(1, .global).serial()
        #expect(difference(parallel, whole) > 10 * Self.roundingTolerance)
      }
    }
  }
}

import DataParallel
import Execution
import MPI
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension DataParallelTests {
  /// The comparison of the ranks' clocks.
  @Suite struct Clocks {
    /// A clock that all processes of a host have, in nanoseconds.
    private static func now() -> Int64 {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    @Test(
      "what a rank's clock is ahead is found within the uncertainty that is told",
      arguments: [Int64(0), 5_000_000_000])
    func offsets(ahead: Int64) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let ranks = try MPIRanks(world)
        let own = ahead * Int64(world.rank)
        let offset = try ranks.clockOffset { Self.now() + own }
        #expect(abs(offset.nanoseconds + own) <= offset.uncertainty, "rank \(world.rank): \(offset)")
        #expect(world.rank > 0 || offset.nanoseconds == 0 && offset.uncertainty == 0)
        // A tenth of a second would tell nothing of a step.
        #expect(offset.uncertainty < 100_000_000)
      }
    }
  }
}

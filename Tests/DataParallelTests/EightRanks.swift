import DataParallel
import Execution
import MPI
import Testing

/// One result from every number of ranks, whatever the buckets, the overlap and the hosts.
///
/// It is for eight ranks, of which it takes as many as a case needs; on fewer it tries what they allow.
@Suite(.serialized) struct EightRanks {
  struct Case: Sendable, CustomTestStringConvertible {
    var ranks: Int
    var hosts: Int
    var testDescription: String { "\(ranks) ranks on \(hosts) hosts" }

    static let all = [1, 2, 3, 4, 5, 7, 8].flatMap { ranks in
      (1...2).filter { $0 <= ranks }.map { Case(ranks: ranks, hosts: $0) }
    }
  }

  /// One tensor, 64 KiB, 1 MiB, all.
  static let buckets = [1, 64 << 10, 1 << 20, Int(Int32.max)]

  /// Full, short, nearly empty.
  static let run = TrainingRun(
    network: .wide, microshardCount: 8, statistics: .global, batchSizes: [16, 11, 1, 16])

  static let reference = Result { try run.serial() }

  @Test(
    "one result", arguments: Case.all,
    [Overlap.off, .calls, .thread])
  func oneResult(test: Case, overlap: Overlap) throws {
    try MPIEnvironment.withTestWorld { world throws in
      // Two hosts have equal numbers of ranks or nearly so, and the ranks were dealt out in turn.
      let isIncluded = world.rank < test.ranks && test.ranks <= world.size
      guard let part = try world.split(color: isIncluded ? 0 : nil) else { return }
      let topology = try Topology(part) { $0 % test.hosts }
      let expected = try Self.reference.get()
      for byteCount in Self.buckets {
        var run = Self.run
        run.bucketByteCount = byteCount
        let reduction = RankReduction(
          topology, microshardCount: 8, sharesCores: true, overlap: overlap)
        let outcome = try run(reduction)
        #expect(outcome.differences(from: expected) == [], "buckets of \(byteCount) bytes")
        try part.barrier()
        try reduction.free()
      }
    }
  }
}

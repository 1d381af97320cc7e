import DataParallel
import Execution
import MPI
import Testing

/// A reduction that forgets what the last rank contributes to sums of some kinds.
private final class FaultyReduction: BatchReduction {
  private let base: RankReduction
  private let isForgotten: Bool
  private let kinds: Set<BatchSum.Kind>
  private var sums: [BatchSum] = []
  private var memory: [BatchSumMemory] = []

  init(_ base: RankReduction, forgets kinds: Set<BatchSum.Kind>, on rank: Bool) {
    self.base = base
    self.kinds = kinds
    isForgotten = rank
  }

  var microshardCount: Int { base.microshardCount }
  var microshards: Range<Int> { base.microshards }

  func releaseResults() { base.releaseResults() }
  func acquireSummands() { base.acquireSummands() }

  func prepare(_ sums: [BatchSum]) throws -> [BatchSumMemory] {
    self.sums = sums
    memory = try base.prepare(sums)
    return memory
  }

  func start(_ sum: Int) throws {
    if isForgotten, kinds.contains(sums[sum].kind) {
      for summand in memory[sum].summands {
        summand.initializeMemory(as: UInt8.self, repeating: 0, count: sums[sum].byteCount)
      }
    }
    try base.start(sum)
  }

  func finish(_ sum: Int) throws { try base.finish(sum) }
}

extension DataParallelTests {
  /// The control of the oracle: it must notice a rank that is left out.
  @Suite struct Faults {
    private func outcomes(
      forgets kinds: Set<BatchSum.Kind>, _ world: Communicator
    ) throws -> (found: TrainingRun.Outcome, expected: TrainingRun.Outcome) {
      let count = max(8, world.size)
      let run = TrainingRun(microshardCount: count, statistics: .global, batchSizes: [16, 16, 16])
      let base = try Transport.messages.make(world, microshardCount: count)
      let faulty = FaultyReduction(base, forgets: kinds, on: world.rank == world.size - 1)
      return (try run(faulty), try run.serial())
    }

    @Test(
      "a rank left out of one kind of sum is noticed",
      arguments: [BatchSum.Kind.gradients, .sums, .moments])
    func leftOut(kind: BatchSum.Kind) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let (found, expected) = try outcomes(forgets: [kind], world)
        #expect(found.differences(from: expected).contains("metrics"))
        #expect(found.differences(from: expected).contains("fc.weight"))
      }
    }

    @Test("the same reduction without its fault gives the oracle's bits")
    func withoutFault() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let (found, expected) = try outcomes(forgets: [], world)
        #expect(found.differences(from: expected) == [])
      }
    }
  }
}

import CanonicalTree
import DataParallel
import Execution
import MPI
import Randomness
import Testing

extension DataParallelTests {
  @Suite struct Transports {
    /// Sums of every kind, of one element, of less and more than a vector, and of more than a message's first packet.
    static let sums = [
      BatchSum(kind: .gradients, count: 1, name: "one"),
      BatchSum(kind: .gradients, count: 37, name: "few"),
      BatchSum(kind: .gradients, count: 50_000, name: "many"),
      BatchSum(kind: .sums, count: 3, name: "metrics"),
      BatchSum(kind: .sums, count: 700, name: "backward"),
      BatchSum(kind: .moments, count: 1 + 2 * 5, name: "moments"),
      BatchSum(kind: .moments, count: 1 + 2 * 300, name: "more moments"),
    ]

    /// Writes the summand of one microshard, which depends on its place alone.
    private func write(_ sum: BatchSum, round: Int, leaf: Int, to memory: UnsafeMutableRawPointer) {
      var random = Philox(seed: UInt64(round), purpose: .test, sum.count, leaf)
      for index in 0..<sum.count {
        var value = (random.uniformDouble() - 0.5) * Double(1 + random.uniform(below: 1000))
        if sum.kind == .moments, index == 0 { value = Double(random.uniform(below: 4)) }
        if sum.kind == .moments, index > sum.count / 2 { value = abs(value) }
        if sum.kind == .gradients {
          memory.storeBytes(of: Float(value), toByteOffset: 4 * index, as: Float.self)
        } else {
          memory.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
        }
      }
    }

    /// The sum over leaves by the definition of the canonical tree.
    private func definition(_ sum: BatchSum, round: Int, _ leaves: Range<Int>) -> AlignedMemory {
      guard leaves.count > 1 else {
        let memory = AlignedMemory(byteCount: sum.byteCount)
        write(sum, round: round, leaf: leaves.lowerBound, to: memory.base)
        return memory
      }
      var half = 1
      while 2 * half < leaves.count { half *= 2 }
      let middle = leaves.lowerBound + half
      let left = definition(sum, round: round, leaves.lowerBound..<middle)
      let right = definition(sum, round: round, middle..<leaves.upperBound)
      withExtendedLifetime((left, right)) { sum.merge(right.base, into: left.base) }
      return left
    }

    /// Writes the partial sum of a subtree where the reduction wants it.
    private func write(_ sum: BatchSum, round: Int, subtree: Range<Int>, to memory: UnsafeMutableRawPointer) {
      let value = definition(sum, round: round, subtree)
      withExtendedLifetime(value) { memory.copyMemory(from: value.base, byteCount: sum.byteCount) }
    }

    /// Whether a sum is, bit for bit, that over all leaves.
    private func isSum(_ memory: BatchSumMemory, _ sum: BatchSum, round: Int, leafCount: Int) -> Bool {
      let expected = definition(sum, round: round, 0..<leafCount)
      return withExtendedLifetime(expected) {
        let found = UnsafeRawBufferPointer(start: memory.result, count: sum.byteCount)
        return found.elementsEqual(UnsafeRawBufferPointer(start: expected.base, count: sum.byteCount))
      }
    }

    /// The numbers of microshards at which a number of ranks is tried.
    private func microshardCounts(_ ranks: Int) -> [Int] {
      [ranks, max(8, ranks), max(13, ranks), 2 * ranks + 1]
    }

    /// How the sums of one batch follow each other.
    enum Order: CaseIterable, Sendable {
      /// One finishes before the next starts.
      case oneByOne
      /// All are in flight, and finish in the order of their starts.
      case allAtOnce
      /// All are in flight, and finish in reverse.
      case reversed
    }

    @Test(
      "every sum is that of the tree over all microshards, bit for bit, on every rank",
      arguments: Order.allCases, Transport.allCases)
    func sums(order: Order, transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        for count in microshardCounts(world.size) {
          let reduction = try transport.make(world, microshardCount: count)
          let memory = try reduction.prepare(Self.sums)
          for round in 0..<3 {
            reduction.releaseResults()
            reduction.acquireSummands()
            for (index, sum) in Self.sums.enumerated() {
              for (subtree, place) in zip(reduction.subtrees, memory[index].summands) {
                write(sum, round: round, subtree: subtree, to: place)
              }
              try reduction.start(index)
              if order == .oneByOne { try reduction.finish(index) }
            }
            let indices = Array(Self.sums.indices)
            for index in order == .reversed ? indices.reversed() : order == .allAtOnce ? indices : [] {
              try reduction.finish(index)
            }
            for (index, sum) in Self.sums.enumerated() {
              let isRight = withExtendedLifetime(reduction) {
                isSum(memory[index], sum, round: round, leafCount: count)
              }
              #expect(isRight, "\(sum.name), \(count) microshards, round \(round)")
            }
          }
        }
      }
    }

    @Test(
      "a rank's subtrees are those of its microshards, with aligned memory of their own",
      arguments: Transport.allCases)
    func subtrees(transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        for count in microshardCounts(world.size) {
          let reduction = try transport.make(world, microshardCount: count)
          let assignment = MicroshardAssignment(microshardCount: count, rankCount: world.size)
          #expect(reduction.microshardCount == count)
          #expect(reduction.microshards == assignment[reduction.topology.ranks.rank])
          let memory = try reduction.prepare(Self.sums)
          for (sum, place) in zip(Self.sums, memory) {
            #expect(place.summands.count == reduction.subtrees.count)
            let addresses = place.summands.map { UInt(bitPattern: $0) }
            #expect(addresses.allSatisfy { $0 % UInt(AlignedMemory.alignment) == 0 })
            for (first, second) in zip(addresses, addresses.dropFirst()) {
              #expect(second - first >= UInt(sum.byteCount))
            }
          }
        }
      }
    }

    @Test("two reductions on the same ranks do not hear each other", arguments: Transport.allCases)
    func twoReductions(transport: Transport) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let count = 2 * world.size + 1
        let sum = BatchSum(kind: .gradients, count: 999, name: "gradients")
        let reductions = try (0..<2).map { _ in try transport.make(world, microshardCount: count) }
        let memories = try reductions.map { try $0.prepare([sum])[0] }
        for (round, (reduction, memory)) in zip(reductions, memories).enumerated() {
          for (subtree, place) in zip(reduction.subtrees, memory.summands) {
            write(sum, round: round, subtree: subtree, to: place)
          }
          try reduction.start(0)
        }
        for reduction in reductions.reversed() { try reduction.finish(0) }
        let isRight = withExtendedLifetime(reductions) {
          memories.enumerated().map { isSum($1, sum, round: $0, leafCount: count) }
        }
        #expect(isRight == [true, true])
      }
    }

    @Test("a host without room for shared memory is found out by all ranks, which then use messages")
    func withoutRoom() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let count = 2 * world.size
        let topology = try Topology(world)
        func reduction(_ availableByteCount: Int) -> RankReduction {
          RankReduction(
            topology, microshardCount: count, sharesCores: true, availableByteCount: availableByteCount)
        }
        let needed = reduction(0).neededByteCount(for: Self.sums)
        // Only the last rank lacks a byte. A rank alone needs no shared memory.
        let isLast = world.rank == world.size - 1
        let poor = reduction(isLast ? needed - 1 : needed)
        let rich = reduction(needed)
        _ = try poor.prepare(Self.sums)
        _ = try rich.prepare(Self.sums)
        #expect(
          poor.transport
            == (world.size == 1
              ? .sharedMemory
              : .messagesForLackOfRoom(availableByteCount: needed - 1, neededByteCount: needed)))
        #expect(rich.transport == .sharedMemory)
      }
    }
  }
}

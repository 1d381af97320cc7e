import Foundation
import MPI
import Testing

extension MPITests {
  @Suite struct Gather {
    @Test func equalBlocksStandInTheOrderOfRanks() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let mine = (0..<3).map { Float(world.rank * 3 + $0) }
        let all = (0..<world.size * 3).map { Float($0) }
        let none = [Float](repeating: -1, count: all.count)

        var result = none
        var span = result.mutableSpan
        try world.allGather(mine.span, into: &span)
        #expect(result == all)
        #expect(try world.allGather(world.rank * world.rank) == (0..<world.size).map { $0 * $0 })

        for root in 0..<world.size {
          var result = none
          var span = result.mutableSpan
          try world.gather(mine.span, into: &span, root: root)
          #expect(result == (world.rank == root ? all : none))
          let values = try world.gather(world.rank + 7, root: root)
          #expect(values == (world.rank == root ? (0..<world.size).map { $0 + 7 } : nil))
        }
      }
    }

    /// Rank r gives r elements of value r, so rank 0 gives none; or in the other order.
    @Test(arguments: [false, true]) func blocksOfDifferentLengthsStandInTheOrderOfRanks(reversed: Bool) throws
    {
      try MPIEnvironment.withTestWorld { world throws in
        let counts = (0..<world.size).map { reversed ? world.size - 1 - $0 : $0 }
        let blocks = counts.indices.map { [Int64](repeating: Int64($0), count: counts[$0]) }
        let mine = blocks[world.rank]
        let all = blocks.flatMap { $0 }
        let none = [Int64](repeating: -1, count: all.count)

        var result = none
        var span = result.mutableSpan
        try world.allGatherV(mine.span, into: &span, counts: counts)
        #expect(result == all)

        let start = counts[..<world.rank].reduce(0, +)
        var inPlace = none
        inPlace.replaceSubrange(start..<start + mine.count, with: mine)
        var inPlaceSpan = inPlace.mutableSpan
        try world.allGatherV(&inPlaceSpan, counts: counts)
        #expect(inPlace == all)

        #expect(try world.allGatherV(mine) == blocks)

        for root in 0..<world.size {
          var result = none
          var span = result.mutableSpan
          try world.gatherV(mine.span, into: &span, counts: counts, root: root)
          #expect(result == (world.rank == root ? all : none))
          #expect(try world.gatherV(mine, root: root) == (world.rank == root ? blocks : nil))
        }
      }
    }

    /// The blocks' total is what exceeds MPI's integers; it is refused before any memory is looked at.
    @Test func displacementsBeyondTheLimitAreErrors() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let tooMany = Int(Int32.max) + 1
        var counts = [Int](repeating: 0, count: world.size)
        counts[0] = tooMany
        #expect(
          errorClass {
            try world.allGatherV(UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0), counts: counts)
          } == .count)
      }
    }

    /// No rank leaves a barrier before the last one entered it; they enter at different times.
    @Test func barrierWaitsForAllRanks() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let start = uptimeSeconds
        while uptimeSeconds - start < 0.01 * Double(world.rank + 1) {}
        let entered = uptimeSeconds
        try world.barrier()
        let left = uptimeSeconds
        // Only the ranks of one host share a clock.
        let host = try world.splitShared()
        #expect(try host.allReduce(entered, .maximum) <= host.allReduce(left, .minimum))
      }
    }

    private var uptimeSeconds: Double { ProcessInfo.processInfo.systemUptime }
  }
}

import MPI
import Testing

extension MPITests {
  @Suite struct Broadcast {
    @Test func everyRankGetsTheElementsOfTheRoot() throws {
      try MPIEnvironment.withTestWorld { world throws in
        for root in 0..<world.size {
          func values(_ rank: Int) -> [Double] { (0..<17).map { Double(rank * 1000 + $0) + 0.5 } }
          #expect(try withMemory(values(world.rank)) { try world.broadcast($0, root: root) } == values(root))

          var array = values(world.rank)
          var span = array.mutableSpan
          try world.broadcast(&span, root: root)
          #expect(array == values(root))

          #expect(try world.broadcast(UInt8(world.rank + 1), root: root) == UInt8(root + 1))
        }
      }
    }

    @Test func receiversNeedNotKnowTheLength() throws {
      try MPIEnvironment.withTestWorld { world throws in
        for root in 0..<world.size {
          func bytes(_ rank: Int) -> [UInt8] { (0..<rank * 300).map { UInt8(truncatingIfNeeded: $0) } }
          #expect(try world.broadcast(bytes(world.rank), root: root) == bytes(root))
          func text(_ rank: Int) -> String { String(repeating: "Gleichschritt ⅓ 🧮\n", count: rank) }
          #expect(try world.broadcast(text(world.rank), root: root) == text(root))
        }
      }
    }

    /// The law of parts: how many elements one call carries changes nothing.
    @Test(arguments: [1, 2, 9, 10, 11]) func partsDoNotChangeTheResult(limit: Int) throws {
      try MPIEnvironment.withTestWorld { world throws in
        world.elementCountPerMessage = limit
        let root = world.size - 1
        func values(_ rank: Int) -> [Int32] { (0..<10).map { Int32(rank * 100 + $0) } }
        #expect(try withMemory(values(world.rank)) { try world.broadcast($0, root: root) } == values(root))
        #expect(try world.broadcast(values(world.rank), root: root) == values(root))
      }
    }

    @Test func rootOutOfRangeIsAnError() throws {
      try MPIEnvironment.withTestWorld { world throws in
        for root in [-1, -2, world.size, Int.max] {
          #expect(errorClass { _ = try world.broadcast(1, root: root) } == .root)
          #expect(errorClass { _ = try world.reduce(1, .sum, root: root) } == .root)
          #expect(errorClass { _ = try world.gather(1, root: root) } == .root)
          #expect(errorClass { _ = try world.gatherV([1], root: root) } == .root)
        }
        let error = #expect(throws: MPIError.self) { try world.broadcast(1, root: 99) }
        #expect(
          error?.description
            == "MPI_Bcast: MPI_ERR_ROOT: rank 99 is not in 0...\(world.size - 1), the ranks there are")
      }
    }
  }
}

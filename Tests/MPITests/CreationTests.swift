import MPI
import Testing

extension MPITests {
  @Suite struct Creation {
    @Test func selfOnlyIsThisProcess() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let own = try Communicator.selfOnly
        #expect((own.rank, own.size) == (0, 1))
        #expect(try own.allReduce(world.rank, .sum) == world.rank)
      }
    }

    @Test func duplicateHasTheSameRanks() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let copy = try world.duplicate()
        #expect((copy.rank, copy.size) == (world.rank, world.size))
      }
    }

    @Test func messagesOfDuplicatesDoNotMeet() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let copy = try world.duplicate()
        let right = (world.rank + 1) % world.size
        let left = (world.rank + world.size - 1) % world.size
        try withBothSent([1], on: world, [2], on: copy, to: right) { () throws in
          // In the other order than they were sent.
          #expect(try copy.receive(Int.self, from: left).values == [2])
          #expect(try world.receive(Int.self, from: left).values == [1])
        }
      }
    }

    private func withBothSent(
      _ first: [Int], on one: Communicator, _ second: [Int], on other: Communicator, to rank: Int,
      _ body: () throws -> Void
    ) throws {
      _ = try withMemory(first) { first in
        _ = try withMemory(second) { second in
          let one = try one.startSend(UnsafeBufferPointer(first), to: rank)
          let other = try other.startSend(UnsafeBufferPointer(second), to: rank)
          try body()
          try one.wait()
          try other.wait()
        }
      }
    }

    @Test(arguments: [1, 2, 3]) func splitGroupsByColorAndOrdersByKey(colors: Int) throws {
      try MPIEnvironment.withTestWorld { world throws in
        let color = world.rank % colors
        let members = (0..<world.size).filter { $0 % colors == color }

        let part = try world.split(color: color)
        #expect(try part.allGather(world.rank) == members)
        #expect(part.rank == members.firstIndex(of: world.rank))

        let reversed = try world.split(color: color, key: -world.rank)
        #expect(try reversed.allGather(world.rank) == members.reversed())
      }
    }

    @Test func rankWithoutColorJoinsNoGroup() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let last = world.size - 1
        let part = try world.split(color: world.rank == last ? nil : 5)
        #expect((part == nil) == (world.rank == last))
        #expect(part?.size == (world.rank == last ? nil : last))
      }
    }

    @Test func colorsAndKeysOutOfRangeAreErrors() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let tooLarge = Int(Int32.max) + 1
        #expect(errorClass { _ = try world.split(color: -1) as Communicator } == .argument)
        #expect(errorClass { _ = try world.split(color: tooLarge) as Communicator } == .argument)
        #expect(errorClass { _ = try world.split(color: 0, key: tooLarge) as Communicator } == .argument)
      }
    }

    @Test func splitSharedGroupsByHost() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let host = try MPIEnvironment.processorName
        let hosts = try world.allGatherV(Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
        let neighbors = hosts.indices.filter { hosts[$0] == host }
        #expect(try world.splitShared().allGather(world.rank) == neighbors)
      }
    }

    /// Without `MPI_ERRORS_RETURN`, which is what every communicator gets, the error would end the program.
    @Test func everyCommunicatorReturnsErrors() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let communicators = [
          world, try Communicator.world, try Communicator.selfOnly, try world.duplicate(),
          try world.split(color: 0), try world.splitShared(),
        ]
        for communicator in communicators {
          #expect(errorClass { _ = try communicator.allReduce(1.5, .bitwiseAnd) } == .operation)
        }
      }
    }

    /// The library tells communicators apart by 16-bit numbers, so this works only if they are freed.
    @Test func communicatorsAreFreed() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let own = try Communicator.selfOnly
        for _ in 0..<70_000 {
          #expect(try own.duplicate().size == 1)
        }
      }
    }
  }
}

import MPI
import Testing

extension MPITests {
  @Suite struct PointToPoint {
    /// Every rank sends to its right and receives from its left, blocking on one side and not on the other, since a
    /// ring of blocking sends may wait for ever.
    @Test func ringPassesMessagesOn() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let right = (world.rank + 1) % world.size
        let left = (world.rank + world.size - 1) % world.size
        func message(_ rank: Int) -> [Int32] { (0..<5 + rank).map { Int32(rank * 10 + $0) } }
        let untouched = [Int32](repeating: -1, count: 20)
        let arrived = message(left) + untouched.dropFirst(5 + left)
        let expected = Status(source: left, tag: left, count: 5 + left)

        let first = try withMemory(untouched) { memory in
          let request = try world.startReceive(into: memory, from: left, tag: left)
          try world.send(message(world.rank).span, to: right, tag: world.rank)
          #expect(try request.wait() == expected)
        }
        #expect(first == arrived)

        var second = untouched
        _ = try withMemory(message(world.rank)) { memory in
          let request = try world.startSend(UnsafeBufferPointer(memory), to: right, tag: world.rank)
          var span = second.mutableSpan
          #expect(try world.receive(into: &span, from: left, tag: left) == expected)
          try request.wait()
        }
        #expect(second == arrived)
      }
    }

    @Test func anySourceAndTagAreReported() throws {
      try MPIEnvironment.withTestWorld { world throws in
        _ = try withMemory([Double](repeating: Double(world.rank), count: world.rank)) { memory in
          let request = try world.startSend(UnsafeBufferPointer(memory), to: 0, tag: 100 + world.rank)
          if world.rank == 0 {
            var sources: Set<Int> = []
            for _ in 0..<world.size {
              let probed = try world.probe(Double.self)
              let (values, status) = try world.receive(Double.self, from: probed.source)
              #expect(status == probed)
              #expect((status.tag, status.count) == (100 + status.source, status.source))
              #expect(values == [Double](repeating: Double(status.source), count: status.source))
              sources.insert(status.source)
            }
            #expect(sources == Set(0..<world.size))
          }
          try request.wait()
        }
      }
    }

    @Test func tagChoosesTheMessage() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let right = (world.rank + 1) % world.size
        _ = try withMemory([10, 20]) { memory in
          let first = try world.startSend(UnsafeBufferPointer(rebasing: memory[0..<1]), to: right, tag: 1)
          let second = try world.startSend(UnsafeBufferPointer(rebasing: memory[1..<2]), to: right, tag: 2)
          #expect(try world.receive(Int.self, tag: 2).values == [20])
          #expect(try world.receive(Int.self, tag: 1).values == [10])
          try first.wait()
          try second.wait()
        }
      }
    }

    /// The law of parts, for messages whose length the receiver knows, and does not.
    ///
    /// The first part's length shows that there are parts.
    @Test(arguments: [1, 2, 5, 9, 10, 11, 100]) func partsArriveAsOneMessage(limit: Int) throws {
      try MPIEnvironment.withTestWorld { world throws in
        world.elementCountPerMessage = limit
        let message = (0..<10).map { UInt64($0 * $0) }
        // Rank 0 to all others, one after the other: blocking sends are received in turn.
        if world.rank == 0 {
          for destination in 1..<max(world.size, 1) {
            try world.send(message.span, to: destination)
            try world.send(message.span, to: destination)
            try world.send([UInt64]().span, to: destination)
          }
        } else {
          #expect(try world.probe(UInt64.self).count == min(limit, 10))
          var values = [UInt64](repeating: 0, count: 10)
          var span = values.mutableSpan
          #expect(try world.receive(into: &span).count == 10)
          #expect(values == message)
          #expect(try world.receive(UInt64.self) == (message, Status(source: 0, tag: 0, count: 10)))
          #expect(try world.receive(UInt64.self).values.isEmpty)
        }
      }
    }

    @Test func longerMessageThanBufferIsAnError() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let right = (world.rank + 1) % world.size
        _ = try withMemory([1, 2, 3, 4, 5]) { memory in
          let request = try world.startSend(UnsafeBufferPointer(memory), to: right)
          let error = #expect(throws: MPIError.self) {
            _ = try withMemory([0, 0, 0]) { try world.receive(into: $0) }
          }
          #expect(error?.errorClass == .truncate)
          #expect(error?.function == "MPI_Recv")
          #expect(error?.description == "MPI_Recv: MPI_ERR_TRUNCATE: message truncated")
          try request.wait()
        }
        // The communicator stays usable.
        #expect(try world.allReduce(1, .sum) == world.size)
      }
    }

    @Test func messageOfAnotherElementSizeIsAnError() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let right = (world.rank + 1) % world.size
        _ = try withMemory([UInt8](repeating: 1, count: 6)) { memory in
          let request = try world.startSend(UnsafeBufferPointer(memory), to: right)
          #expect(errorClass { _ = try world.probe(Float.self) } == .type)
          #expect(try world.receive(UInt8.self).values.count == 6)
          try request.wait()
        }
      }
    }

    @Test func ranksAndTagsOutOfRangeAreErrors() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let values = [Float(1)]
        for rank in [-1, -2, world.size, Int.max] {
          #expect(errorClass { try world.send(values.span, to: rank) } == .rank)
          #expect(errorClass { _ = try world.receive(Float.self, from: rank) } == .rank)
          #expect(errorClass { _ = try world.probe(Float.self, from: rank) } == .rank)
        }
        for tag in [-1, Int(Int32.max) + 1] {
          #expect(errorClass { try world.send(values.span, to: 0, tag: tag) } == .tag)
          #expect(errorClass { _ = try world.receive(Float.self, tag: tag) } == .tag)
        }
      }
    }
  }
}

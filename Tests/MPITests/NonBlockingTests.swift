import MPI
import Testing

extension MPITests {
  @Suite struct NonBlocking {
    /// Work between start and finish: the sum of 1/k, which is checked so that it cannot be left out.
    private func computeSomething() {
      let harmonic = (1...20_000).reduce(0.0) { $0 + 1 / Double($1) }
      // ln n + γ + 1/2n
      #expect(abs(harmonic - 10.480_728_217_229_327) < 1e-9)
    }

    /// Long enough that Open MPI does not send it eagerly.
    private let count = 50_000

    @Test func allReduceOverlapsWithWork() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let n = world.size
        let mine = (0..<count).map { Float((world.rank + 1) * ($0 % 64)) }
        let expected = (0..<count).map { Float(n * (n + 1) / 2 * ($0 % 64)) }
        let inPlace = try withMemory(mine) { memory in
          let request = try world.startAllReduce(memory, .sum)
          computeSomething()
          #expect(try request.wait() == nil)
        }
        #expect(inPlace == expected)

        let apart = try withMemory([Float](repeating: -1, count: count)) { result in
          _ = try withMemory(mine) { contribution in
            let request = try world.startAllReduce(UnsafeBufferPointer(contribution), into: result, .sum)
            computeSomething()
            try request.wait()
          }
        }
        #expect(apart == expected)
      }
    }

    @Test func broadcastOverlapsWithWork() throws {
      try MPIEnvironment.withTestWorld { world throws in
        for root in 0..<world.size {
          func values(_ rank: Int) -> [Int32] { (0..<count).map { Int32(rank + $0) } }
          let result = try withMemory(values(world.rank)) { memory in
            let request = try world.startBroadcast(memory, root: root)
            computeSomething()
            try request.wait()
          }
          #expect(result == values(root))
        }
      }
    }

    @Test func allGatherVOverlapsWithWork() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let counts = (0..<world.size).map { $0 * 10_000 }
        let blocks = counts.indices.map { [Int64](repeating: Int64($0), count: counts[$0]) }
        let all = blocks.flatMap { $0 }
        let none = [Int64](repeating: -1, count: all.count)

        let apart = try withMemory(none) { result in
          _ = try withMemory(blocks[world.rank]) { contribution in
            let request = try world.startAllGatherV(
              UnsafeBufferPointer(contribution), into: result, counts: counts)
            computeSomething()
            try request.wait()
          }
        }
        #expect(apart == all)

        let start = counts[..<world.rank].reduce(0, +)
        var ownBlock = none
        ownBlock.replaceSubrange(start..<start + counts[world.rank], with: blocks[world.rank])
        let inPlace = try withMemory(ownBlock) { memory in
          let request = try world.startAllGatherV(memory, counts: counts)
          computeSomething()
          try request.wait()
        }
        #expect(inPlace == all)
      }
    }

    @Test func messagesOverlapWithWork() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let right = (world.rank + 1) % world.size
        let left = (world.rank + world.size - 1) % world.size
        func message(_ rank: Int) -> [Double] { (0..<count).map { Double(rank) + Double($0) / 8 } }
        let received = try withMemory([Double](repeating: 0, count: count + 3)) { target in
          _ = try withMemory(message(world.rank)) { source in
            let receive = try world.startReceive(into: target)
            let send = try world.startSend(UnsafeBufferPointer(source), to: right, tag: 3)
            computeSomething()
            #expect(try send.wait() == nil)
            #expect(try receive.wait() == Status(source: left, tag: 3, count: count))
          }
        }
        #expect(received == message(left) + [0, 0, 0])
      }
    }

    /// Two collectives under way at once, finished in the other order than they were started.
    @Test func operationsFinishInAnyOrder() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let n = world.size
        let maxima = try withMemory([world.rank]) { second in
          let sums = try withMemory([world.rank]) { first in
            let one = try world.startAllReduce(first, .sum)
            let other = try world.startAllReduce(second, .maximum)
            try other.wait()
            try one.wait()
          }
          #expect(sums == [n * (n - 1) / 2])
        }
        #expect(maxima == [n - 1])
      }
    }

    /// Rank 0 enters the barrier only when all others have seen that theirs is not finished without it.
    @Test func barrierFinishesWhenTheLastRankComes() throws {
      try MPIEnvironment.withTestWorld { world throws in
        if world.rank == 0 {
          for _ in 1..<world.size { #expect(try world.receive(UInt8.self).values == [1]) }
          try world.startBarrier().wait()
        } else {
          var request = try world.startBarrier()
          for _ in 0..<100 { #expect(try !request.test()) }
          try world.send([UInt8(1)].span, to: 0)
          while try !request.test() {}
          #expect(try request.test())
          try request.wait()
        }
      }
    }

    @Test func testReportsTheEndAndTheMessage() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let received = try withMemory([0, 0]) { target in
          var receive = try world.startReceive(into: target, from: world.rank)
          #expect(try !receive.test())
          try world.send([world.rank + 5].span, to: world.rank, tag: 9)
          while try !receive.test() {}
          #expect(try receive.wait() == Status(source: world.rank, tag: 9, count: 1))
        }
        #expect(received == [world.rank + 5, 0])
      }
    }

    @Test func requestMayBeDroppedAfterTest() throws {
      try MPIEnvironment.withTestWorld { world throws in
        var request = try world.startBarrier()
        while try !request.test() {}
      }
    }

    @Test func requestKeepsItsCommunicator() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let n = world.size
        let sums = try withMemory([Int](repeating: world.rank, count: count)) { memory in
          let request = try world.duplicate().startAllReduce(memory, .sum)
          computeSomething()
          try request.wait()
        }
        #expect(sums == [Int](repeating: n * (n - 1) / 2, count: count))
      }
    }

    @Test func receiveCanBeCancelledUntilTheMessageIsThere() throws {
      try MPIEnvironment.withTestWorld { world throws in
        _ = try withMemory([0]) { target in
          let unanswered = try world.startReceive(into: target, from: world.rank, tag: 1)
          #expect(try unanswered.cancel())
        }
        let received = try withMemory([0]) { target in
          let answered = try world.startReceive(into: target, from: world.rank, tag: 2)
          try world.send([7].span, to: world.rank, tag: 2)
          #expect(try !answered.cancel())
        }
        #expect(received == [7])
      }
    }

    /// The message is sent first: Open MPI 4.1 cuts one to oneself silently if the receive was started before it.
    @Test func errorsEndTheRequest() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let right = (world.rank + 1) % world.size
        _ = try withMemory([1, 2, 3]) { source in
          let sends = [0, 1]
          for tag in sends {
            let send = try world.startSend(UnsafeBufferPointer(source), to: right, tag: tag)
            _ = try withMemory([0, 0]) { target in
              _ = try world.probe(Int.self, tag: tag)
              var receive = try world.startReceive(into: target, tag: tag)
              var found: MPIError?
              do throws(MPIError) {
                if tag == 0 { try receive.wait() } else { while try !receive.test() {} }
              } catch {
                found = error
              }
              #expect(found?.errorClass == .truncate)
              #expect(found?.function == (tag == 0 ? "MPI_Wait of MPI_Irecv" : "MPI_Test of MPI_Irecv"))
            }
            try send.wait()
          }
        }
      }
    }

    @Test func wrongArgumentsStartNothing() throws {
      try MPIEnvironment.withTestWorld { world throws in
        _ = withMemory([Float(0), 0]) { memory in
          let constant = UnsafeBufferPointer(memory)
          #expect(errorClass { try world.startSend(constant, to: world.size).wait() } == .rank)
          #expect(errorClass { try world.startSend(constant, to: 0, tag: -1).wait() } == .tag)
          #expect(errorClass { try world.startReceive(into: memory, from: -2).wait() } == .rank)
          #expect(errorClass { try world.startBroadcast(memory, root: -1).wait() } == .root)
          #expect(errorClass { try world.startAllReduce(memory, .bitwiseOr).wait() } == .operation)
          world.elementCountPerMessage = 2
          #expect(errorClass { try world.startSend(constant, to: world.rank).wait() } == .count)
        }
      }
    }
  }
}

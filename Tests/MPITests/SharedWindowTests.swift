import MPI
import Testing

extension MPITests {
  @Suite struct SharedWindows {
    @Test func everyRankReadsWhatEveryRankHasWritten() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let host = try world.splitShared()
        let window = try SharedWindow(host, byteCount: 8 * (host.rank + 1))
        let own = window.part(of: host.rank).bindMemory(to: Int.self)
        #expect(own.count == host.rank + 1)
        #expect(own.allSatisfy { $0 == 0 })
        for index in own.indices { own[index] = 100 * host.rank + index }
        try host.barrier()
        for rank in 0..<host.size {
          let part = Array(window.part(of: rank).bindMemory(to: Int.self))
          #expect(part == (0...rank).map { 100 * rank + $0 })
        }
        try host.barrier()
        // A neighbour may write, too.
        window.part(of: (host.rank + 1) % host.size).storeBytes(of: -host.rank, as: Int.self)
        try host.barrier()
        #expect(own[0] == -((host.rank + host.size - 1) % host.size))
        try host.barrier()
        try window.free()
      }
    }

    @Test func partsBeginAtCacheLines() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let host = try world.splitShared()
        for byteCount in [0, 1, 63, 4096, 100_000] {
          let window = try SharedWindow(host, byteCount: byteCount + host.rank)
          for rank in 0..<host.size {
            let part = window.part(of: rank)
            #expect(part.count == byteCount + rank)
            #expect(Int(bitPattern: part.baseAddress) % SharedWindow.alignment == 0)
          }
          try window.free()
        }
      }
    }

    @Test func theHostTellsItsRoom() throws {
      #expect(try #require(SharedWindow.availableByteCount) > 0)
    }
  }
}

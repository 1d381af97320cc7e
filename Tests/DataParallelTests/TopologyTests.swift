import DataParallel
import MPI
import Testing

extension DataParallelTests {
  @Suite struct Hosts {
    @Test("ranks are numbered host by host, each host's in their order, and the first stays the first")
    func order() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let size = world.size
        for group in [{ _ in 0 }, { $0 }, { $0 % 2 }, { min($0, 1) }, { 2 * $0 / size }] as [(Int) -> Int] {
          let topology = try Topology(world, group: group)
          let groups = (0..<size).map(group)
          let expected = Set(groups).sorted().flatMap { number in
            (0..<size).filter { groups[$0] == number }
          }
          #expect(try topology.ranks.allGather(world.rank) == expected)
          #expect(topology.hosts.flatMap { Array($0) } == Array(0..<size))
          #expect(topology.hosts.map(\.count) == Set(groups).sorted().map { n in groups.count { $0 == n } })
          #expect(topology.hosts[topology.hostIndex].contains(topology.ranks.rank))
          #expect(topology.host.size == topology.hosts[topology.hostIndex].count)
          #expect(
            topology.hosts[topology.hostIndex].lowerBound + topology.host.rank == topology.ranks.rank)
          #expect(topology.machineRankCount == size)
        }
      }
    }
  }

  /// A bucket that saves latency and leaves early.
  @Suite struct Buckets {
    @Test("a bucket is the smaller the lower the latency, within bounds and a power of two")
    func size() {
      func bytes(_ latency: Double, _ bandwidth: Double) -> Int {
        ReductionSpeed(latencySeconds: latency, bytesPerSecond: bandwidth).bucketByteCount
      }
      #expect(bytes(1e-9, 1e9) == 64 << 10)
      #expect(bytes(1e-4, 1e9) == 2 << 20)
      #expect(bytes(1, 1e10) == 16 << 20)
    }

    @Test("the speed is measured, and all ranks get the same")
    func measured() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let speed = try ReductionSpeed.measured(try Topology(world) { $0 % 2 }, sharesCores: true)
        #expect(speed.latencySeconds > 0 && speed.bytesPerSecond > 0)
        let all = try world.allGather(speed.latencySeconds) + world.allGather(speed.bytesPerSecond)
        #expect(Set(all).count == 2)
      }
    }
  }
}

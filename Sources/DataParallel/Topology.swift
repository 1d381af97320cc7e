public import MPI

/// Where the ranks are: which of them share a host, and so memory.
///
/// The ranks are numbered anew, host by host, in the order of the hosts' first ranks, so that each host has
/// contiguous microshards however the launcher placed the ranks. Rank 0 stays rank 0.
public struct Topology {
  /// All ranks, host by host.
  public let ranks: Communicator
  /// The ranks of this host.
  public let host: Communicator
  /// By host, its ranks in ``ranks``.
  public let hosts: [Range<Int>]
  /// The number of this host among ``hosts``.
  public let hostIndex: Int
  /// The number of ranks on this machine, in whatever groups.
  public let machineRankCount: Int

  /// Finds the hosts of the ranks of a communicator.
  ///
  /// Every rank must call this, with the same grouping.
  ///
  /// - Parameters:
  ///   - world: the ranks.
  ///   - group: given a rank's number on its host, the number of its group, ≥ 0. Ranks of different groups are treated
  ///     as if they were on different hosts; by default there is one group.
  public init(_ world: Communicator, group: (Int) -> Int = { _ in 0 }) throws(MPIError) {
    let neighbours = try world.splitShared()
    let host = try neighbours.split(color: group(neighbours.rank))
    // By rank, the lowest number of a rank on the same real host and in the same group.
    let firstOnMachine = try neighbours.broadcast(world.rank, root: 0)
    let firstInGroup = try host.broadcast(world.rank, root: 0)
    let firsts = try zip(world.allGather(firstOnMachine), world.allGather(firstInGroup)).map(Leader.init)
    let leaders = Set(firsts).sorted()
    let own = Leader(firstOnMachine, firstInGroup)
    machineRankCount = neighbours.size
    hostIndex = leaders.firstIndex(of: own) ?? 0
    var begin = 0
    hosts = leaders.map { leader in
      let count = firsts.count { $0 == leader }
      defer { begin += count }
      return begin..<begin + count
    }
    ranks = try world.split(color: 0, key: hostIndex)
    self.host = host
  }

  /// What hosts are ordered by: groups of one machine stay together.
  private struct Leader: Hashable, Comparable {
    var onMachine: Int
    var inGroup: Int

    init(_ onMachine: Int, _ inGroup: Int) {
      (self.onMachine, self.inGroup) = (onMachine, inGroup)
    }

    static func < (left: Leader, right: Leader) -> Bool {
      (left.onMachine, left.inGroup) < (right.onMachine, right.inGroup)
    }
  }

  private init(
    ranks: Communicator, host: Communicator, hosts: [Range<Int>], hostIndex: Int, machineRankCount: Int
  ) {
    (self.ranks, self.host, self.hosts) = (ranks, host, hosts)
    (self.hostIndex, self.machineRankCount) = (hostIndex, machineRankCount)
  }

  /// The same ranks in the same order, each treated as if it were alone on its host.
  ///
  /// Every rank must call this.
  func withoutSharedMemory() throws(MPIError) -> Topology {
    Topology(
      ranks: ranks, host: try ranks.split(color: ranks.rank), hosts: (0..<ranks.size).map { $0..<$0 + 1 },
      hostIndex: ranks.rank, machineRankCount: machineRankCount)
  }
}

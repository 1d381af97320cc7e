import CanonicalTree
import Execution
import MPI
import Mistakes

/// What all sums of a reduction have in common: the ranks, their shares and the tree above them.
struct ReductionPlan {
  let topology: Topology
  /// By rank, its microshards.
  let assignment: MicroshardAssignment
  /// From the subtrees of the ranks of this host to those of the host.
  let hostTree: ReductionTree
  /// From the subtrees of the hosts to the root.
  let worldTree: ReductionTree

  init(_ topology: Topology, microshardCount: Int) {
    let assignment = MicroshardAssignment(
      microshardCount: microshardCount, rankCount: topology.ranks.size)
    self.topology = topology
    self.assignment = assignment
    let tree = CanonicalTree(leafCount: microshardCount)
    hostTree = ReductionTree(tree, over: topology.hosts[topology.hostIndex].map { assignment[$0] })
    worldTree = ReductionTree(
      tree,
      over: topology.hosts.map { ranks in
        assignment[ranks.lowerBound].lowerBound..<assignment[ranks.upperBound - 1].upperBound
      })
  }

  var hostCount: Int { topology.hosts.count }

  /// The hosts but this one, beginning with the next, so that not all speak to the same one first.
  var otherHosts: [Int] {
    (1..<hostCount).map { (topology.hostIndex + $0) % hostCount }
  }

  /// The ranks of each host that carry slices of large sums to the other hosts: as many as every host has.
  var carrierCount: Int { topology.hosts.map(\.count).min() ?? 1 }

  /// The places in ``worldTree`` of the subtrees of a host.
  func places(of host: Int) -> Range<Int> {
    worldTree.firstPlaces[host]..<worldTree.firstPlaces[host] + worldTree.subtreeCounts[host]
  }

  /// How many subtrees of other hosts there are.
  var foreignSubtreeCount: Int { worldTree.subtreeCount - worldTree.subtreeCounts[topology.hostIndex] }

  /// The places in ``hostTree`` of the subtrees of this rank.
  var ownPlaces: Range<Int> {
    let first = hostTree.firstPlaces[topology.host.rank]
    return first..<first + hostTree.subtreeCounts[topology.host.rank]
  }

  /// The number of a message among those between two ranks.
  ///
  /// - Parameters:
  ///   - sum: the position of the sum.
  ///   - isResult: whether the message is part of the result rather than of a partial sum.
  ///   - part: the number of the message among those of the sum.
  static func tag(sum: Int, isResult: Bool, part: Int) -> Int {
    require(part < 1 << 16, "message \(part) of sum \(sum), but a sum has at most \(1 << 16) messages")
    return (2 * sum + (isResult ? 1 : 0)) << 16 + part
  }
}

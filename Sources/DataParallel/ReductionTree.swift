import Execution

/// The upper part of the canonical tree: from the nodes of all ranks, in order, to the root.
struct ReductionTree {
  /// By rank, how many nodes its microshards form.
  let nodeCounts: [Int]
  /// By rank, the place of its first node among those of all ranks.
  let firstPlaces: [Int]
  /// The merges of nodes, by place, in an order that works; the root ends in place 0.
  let merges: [CanonicalTree.Merge]

  /// The number of nodes of all ranks.
  var nodeCount: Int { nodeCounts.reduce(0, +) }

  init(_ assignment: MicroshardAssignment) {
    let tree = CanonicalTree(leafCount: assignment.microshardCount)
    let ranges = (0..<assignment.rankCount).map { assignment[$0] }
    let nodeCounts = ranges.map { tree.nodes(in: $0).count }
    self.nodeCounts = nodeCounts
    firstPlaces = nodeCounts.indices.map { nodeCounts[..<$0].reduce(0, +) }
    let begins = ranges.flatMap { tree.nodes(in: $0) }.map(\.lowerBound)
    let places = Dictionary(uniqueKeysWithValues: begins.enumerated().map { ($1, $0) })
    merges = tree.merges(above: ranges).compactMap { merge in
      guard let into = places[merge.into], let from = places[merge.from] else { return nil }
      return CanonicalTree.Merge(into: into, from: from)
    }
    precondition(merges.count == begins.count - 1, "the ranks' nodes do not form the tree")
  }
}

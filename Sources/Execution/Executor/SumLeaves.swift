import CanonicalTree

/// The summands of one sum, one for each microshard of this rank, and their merging into the rank's nodes.
///
/// The leaf of a node's first microshard is the node's own memory, which the reduction owns.
struct SumLeaves {
  let sum: BatchSum
  /// By local microshard, its summand.
  let leaves: [UnsafeMutableRawPointer]
  /// The merges within the rank's nodes, by local microshard.
  private let merges: [CanonicalTree.Merge]
  /// The local microshards with which the nodes begin.
  private let nodeBegins: [Int]
  private let owned: AlignedMemory

  /// Makes the leaves of a sum.
  ///
  /// - Parameter nodeMemory: the memory of the rank's nodes; nil for a sum that stays on the rank.
  init(_ sum: BatchSum, on share: RankShare, nodeMemory: [UnsafeMutableRawPointer]?) {
    self.sum = sum
    let size = AlignedMemory.padded(sum.byteCount)
    owned = AlignedMemory(byteCount: size * share.microshards.count)
    let base = owned.base
    leaves = share.microshards.indices.map { local in
      if let node = share.nodeBegins.firstIndex(of: local), let nodeMemory { return nodeMemory[node] }
      return base + local * size
    }
    merges = share.merges
    nodeBegins = share.nodeBegins
  }

  /// Merges the leaves into the rank's nodes.
  func fold() {
    for merge in merges { sum.merge(leaves[merge.from], into: leaves[merge.into]) }
  }

  /// Where ``foldRank()`` leaves its result.
  var rankSum: UnsafeMutableRawPointer? { nodeBegins.first.map { leaves[$0] } }

  /// Merges the leaves into the sum over this rank alone, from left to right over its nodes.
  func foldRank() -> UnsafeMutableRawPointer? {
    fold()
    guard let first = nodeBegins.first else { return nil }
    for node in nodeBegins.dropFirst() { sum.merge(leaves[node], into: leaves[first]) }
    return leaves[first]
  }
}

/// The microshards of a rank, and how they form nodes of the canonical tree.
struct RankShare {
  /// The rank's microshards, by local position.
  let microshards: [Int]
  /// The local positions with which the nodes begin.
  let nodeBegins: [Int]
  /// The merges within the nodes, by local position.
  let merges: [CanonicalTree.Merge]
  /// By local microshard, the merges that can be done once it and all before it are there.
  let mergesAfter: [[CanonicalTree.Merge]]

  /// The local microshard to whose sums those of another one are added first, as a single leaf; nil for none.
  func left(of local: Int) -> Int? {
    mergesAfter[local].first.flatMap { $0.from == local ? $0.into : nil }
  }

  init(_ reduction: any BatchReduction) {
    let tree = CanonicalTree(leafCount: reduction.microshardCount)
    let range = reduction.microshards
    let nodes = reduction.nodes
    microshards = Array(range)
    nodeBegins = nodes.map { $0.lowerBound - range.lowerBound }
    merges = nodes.flatMap { tree.merges(in: $0) }.map {
      CanonicalTree.Merge(into: $0.into - range.lowerBound, from: $0.from - range.lowerBound)
    }
    var last = Array(microshards.indices)
    var mergesAfter = microshards.map { _ in [CanonicalTree.Merge]() }
    // In this order both sides of a merge are complete when it comes; `last` is the last leaf of each side.
    for merge in merges {
      mergesAfter[last[merge.from]].append(merge)
      last[merge.into] = last[merge.from]
    }
    self.mergesAfter = mergesAfter
  }
}

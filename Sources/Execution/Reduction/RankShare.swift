import CanonicalTree

/// The microshards of a rank, and how they form subtrees of the canonical tree.
struct RankShare {
  /// The rank's microshards, by local position.
  let microshards: [Int]
  /// The local positions for which there is memory: those of the microshards, and perhaps that of the shadow behind them.
  ///
  /// The shadow is for a microshard of another rank, and in no subtree and no merge.
  let slots: Range<Int>
  /// The local positions with which the subtrees begin.
  let subtreeBegins: [Int]
  /// The merges within the subtrees, by local position.
  let merges: [CanonicalTree.Merge]
  /// By local microshard, the merges that can be done once it and all before it are there, the innermost
  /// first.
  ///
  /// For four microshards that form a subtree: none; 0 ← 1; none; 2 ← 3 and 0 ← 2. Together they are
  /// ``merges``, each once and in an order in which both sides of a merge are complete.
  let mergesAfter: [[CanonicalTree.Merge]]

  /// The local microshard to whose sums those of another one are added first, as a single leaf; nil where
  /// this one is the left side of a merge first, or of none.
  func left(of local: Int) -> Int? {
    mergesAfter[local].first.flatMap { $0.from == local ? $0.into : nil }
  }

  /// The share of the rank whose sums the reduction makes.
  ///
  /// - Parameter hasShadow: whether a microshard of another rank may be computed as well.
  init(_ reduction: any BatchReduction, hasShadow: Bool = false) {
    let tree = CanonicalTree(leafCount: reduction.microshardCount)
    let range = reduction.microshards
    let subtrees = reduction.subtrees
    microshards = Array(range)
    slots = 0..<range.count + (hasShadow ? 1 : 0)
    subtreeBegins = subtrees.map { $0.lowerBound - range.lowerBound }
    merges = subtrees.flatMap { tree.merges(in: $0) }.map {
      CanonicalTree.Merge(into: $0.into - range.lowerBound, from: $0.from - range.lowerBound)
    }
    var last = Array(microshards.indices)
    var mergesAfter = slots.map { _ in [CanonicalTree.Merge]() }
    // `last` is, for the first leaf of what has been merged so far, the last leaf: a merge waits for that of
    // its right side.
    for merge in merges {
      mergesAfter[last[merge.from]].append(merge)
      last[merge.into] = last[merge.from]
    }
    self.mergesAfter = mergesAfter
  }
}

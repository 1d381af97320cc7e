import CanonicalTree

/// The summands of one sum, one for each microshard of this rank, and their merging into the partial sums of
/// the rank's subtrees.
///
/// The leaf of a subtree's first microshard is the subtree's own summand, whose memory the reduction owns.
struct SumLeaves {
  let sum: BatchSum
  /// By local microshard, its summand; the last one is the shadow's, where there is one.
  let leaves: [UnsafeMutableRawPointer]
  /// The merges within the rank's subtrees, by local microshard.
  private let merges: [CanonicalTree.Merge]
  /// The local microshards with which the subtrees begin.
  private let subtreeBegins: [Int]
  private let owned: AlignedMemory

  /// Makes the leaves of a sum.
  ///
  /// - Parameter summands: the memory of the rank's summands, by subtree; nil for a sum that stays on the
  ///   rank.
  init(_ sum: BatchSum, on share: RankShare, summands: [UnsafeMutableRawPointer]?) {
    self.sum = sum
    let size = AlignedMemory.padded(sum.byteCount)
    owned = AlignedMemory(byteCount: size * share.slots.count)
    let base = owned.base
    leaves = share.slots.map { local in
      if let subtree = share.subtreeBegins.firstIndex(of: local), let summands { return summands[subtree] }
      return base + local * size
    }
    merges = share.merges
    subtreeBegins = share.subtreeBegins
  }

  /// Merges the leaves into the rank's summands.
  func fold() {
    for merge in merges { sum.merge(leaves[merge.from], into: leaves[merge.into]) }
  }

  /// Where ``foldRank()`` leaves its result.
  var rankSum: UnsafeMutableRawPointer? { subtreeBegins.first.map { leaves[$0] } }

  /// Merges the leaves into the sum over this rank alone, from left to right over its subtrees.
  func foldRank() -> UnsafeMutableRawPointer? {
    fold()
    guard let first = subtreeBegins.first else { return nil }
    for begin in subtreeBegins.dropFirst() { sum.merge(leaves[begin], into: leaves[first]) }
    return leaves[first]
  }
}

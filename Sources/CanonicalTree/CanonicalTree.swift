import Mistakes

/// The one binary tree along which everything is summed: over the microshards of a batch in a training, over
/// the blocks of samples in a minimization.
///
/// The subtree over the leaves [lower, upper) splits at lower + the largest power of two smaller than its
/// length, so that its shape depends on the number of leaves alone. Whoever evaluates it, wherever the leaves
/// lie and in whatever order the sums are done, the result is the same bits. A subtree is named by the range
/// of its leaves.
///
/// The partial sum of a subtree is kept in the place of its first leaf: merging [lower, middle) and [middle,
/// upper) means place[lower] ← place[lower] ⊕ place[middle].
public struct CanonicalTree: Hashable, Sendable {
  /// One merge of two neighbouring subtrees, named by the places of their first leaves.
  public struct Merge: Hashable, Sendable {
    /// The place of the left subtree, which receives the result.
    public var into: Int
    /// The place of the right subtree.
    public var from: Int

    /// The merge place[into] ← place[into] ⊕ place[from], with `into` < `from`.
    public init(into: Int, from: Int) {
      self.into = into
      self.from = from
    }
  }

  /// The number of leaves V, the microshards of a batch or the blocks of its samples; ≥ 1.
  public let leafCount: Int

  /// Makes the tree over `leafCount` ≥ 1 leaves.
  public init(leafCount: Int) {
    require(leafCount >= 1, "given \(leafCount) leaves but at least 1 needed")
    self.leafCount = leafCount
  }

  /// Where the subtree over `range`, which holds two leaves or more, splits.
  static func middle(of range: Range<Int>) -> Int {
    var half = 1
    while half * 2 < range.count { half *= 2 }
    return range.lowerBound + half
  }

  /// The largest subtrees that lie wholly in `range`, from left to right; they cover it.
  ///
  /// - Complexity: O(log V) subtrees.
  public func subtrees(in range: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    func visit(_ subtree: Range<Int>) {
      guard subtree.overlaps(range) else { return }
      if subtree.lowerBound >= range.lowerBound && subtree.upperBound <= range.upperBound {
        result.append(subtree)
        return
      }
      let middle = Self.middle(of: subtree)
      visit(subtree.lowerBound..<middle)
      visit(middle..<subtree.upperBound)
    }
    visit(0..<leafCount)
    return result
  }

  /// The merges that make the partial sum of a subtree out of its leaves, in an order that works: both sides
  /// of a merge are complete when it comes.
  public func merges(in subtree: Range<Int>) -> [Merge] {
    guard subtree.count > 1 else { return [] }
    let middle = Self.middle(of: subtree)
    return merges(in: subtree.lowerBound..<middle) + merges(in: middle..<subtree.upperBound)
      + [Merge(into: subtree.lowerBound, from: middle)]
  }

  /// The merges that make the root out of the subtrees of neighbouring ranges that cover all leaves.
  public func merges(above ranges: [Range<Int>]) -> [Merge] {
    let below = Set(ranges.flatMap { subtrees(in: $0) }.flatMap { merges(in: $0) })
    return merges(in: 0..<leafCount).filter { !below.contains($0) }
  }

  /// The partial sum of a subtree whose leaves are made one after the other, in ascending order, as they are
  /// needed.
  ///
  /// At no time more values are held than the tree is high.
  ///
  /// - Parameters:
  ///   - subtree: one of this tree, perhaps 0 ..< ``leafCount``.
  ///   - leaf: makes the value of a leaf.
  ///   - merge: left ← left ⊕ right.
  public func fold<Value>(
    _ subtree: Range<Int>, leaf: (_ index: Int) throws -> Value,
    merge: (_ left: inout Value, _ right: Value) throws -> Void
  ) rethrows -> Value {
    guard subtree.count > 1 else { return try leaf(subtree.lowerBound) }
    let middle = Self.middle(of: subtree)
    var left = try fold(subtree.lowerBound..<middle, leaf: leaf, merge: merge)
    try merge(&left, fold(middle..<subtree.upperBound, leaf: leaf, merge: merge))
    return left
  }
}

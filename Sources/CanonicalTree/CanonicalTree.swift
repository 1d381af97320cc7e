import Mistakes

/// The one binary tree along which everything is summed over the microshards of a batch.
///
/// The node over [lower, upper) splits at lower + the largest power of two smaller than its length, so that its
/// shape depends on the number of leaves alone. Whoever evaluates it, wherever the leaves lie and in whatever
/// order the sums are done, the result is the same bits.
///
/// A node's value is kept in the place of its first leaf: merging [lower, middle) and [middle, upper) means
/// place[lower] ← place[lower] ⊕ place[middle].
public struct CanonicalTree: Hashable, Sendable {
  /// One merge of two neighbouring nodes, named by the places of their first leaves.
  public struct Merge: Hashable, Sendable {
    /// The place of the left node, which receives the result.
    public var into: Int
    /// The place of the right node.
    public var from: Int

    /// Names a merge.
    public init(into: Int, from: Int) {
      self.into = into
      self.from = from
    }
  }

  /// The number of leaves V, the microshards of a batch; ≥ 1.
  public let leafCount: Int

  /// Makes the tree over `leafCount` leaves.
  public init(leafCount: Int) {
    require(leafCount >= 1, "given \(leafCount) leaves but at least 1 needed")
    self.leafCount = leafCount
  }

  /// Where the node over `range`, which holds two leaves or more, splits.
  static func middle(of range: Range<Int>) -> Int {
    var half = 1
    while half * 2 < range.count { half *= 2 }
    return range.lowerBound + half
  }

  /// The largest nodes that lie wholly in `range`, from left to right; they cover it.
  ///
  /// - Complexity: O(log V) nodes.
  public func nodes(in range: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    func visit(_ node: Range<Int>) {
      guard node.overlaps(range) else { return }
      if node.lowerBound >= range.lowerBound && node.upperBound <= range.upperBound {
        result.append(node)
        return
      }
      let middle = Self.middle(of: node)
      visit(node.lowerBound..<middle)
      visit(middle..<node.upperBound)
    }
    visit(0..<leafCount)
    return result
  }

  /// The merges that make the value of a node of this tree out of its leaves, in an order that works.
  public func merges(in node: Range<Int>) -> [Merge] {
    guard node.count > 1 else { return [] }
    let middle = Self.middle(of: node)
    return merges(in: node.lowerBound..<middle) + merges(in: middle..<node.upperBound)
      + [Merge(into: node.lowerBound, from: middle)]
  }

  /// The merges that make the root out of the nodes of neighbouring ranges that cover all leaves.
  public func merges(above ranges: [Range<Int>]) -> [Merge] {
    let below = Set(ranges.flatMap { nodes(in: $0) }.flatMap { merges(in: $0) })
    return merges(in: 0..<leafCount).filter { !below.contains($0) }
  }
}

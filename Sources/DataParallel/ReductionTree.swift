import CanonicalTree
import Execution
import Mistakes

/// A part of the canonical tree: from the subtrees of neighbouring ranges of leaves to those of all of them
/// together.
///
/// Partial sums have places, in the order of their subtrees from left to right.
struct ReductionTree {
  /// One merge of two subtrees, by place.
  struct Merge: Hashable {
    /// The place of the left one, which stands for the result from then on.
    var into: Int
    /// The place of the right one.
    var from: Int
    /// Whether the result is a root.
    var isLast: Bool
  }

  /// By range, how many subtrees its leaves form.
  let subtreeCounts: [Int]
  /// By range, the place of its first subtree.
  let firstPlaces: [Int]
  /// In an order that works.
  let merges: [Merge]
  /// The places at which the partial sums of the largest subtrees end up, from left to right; the first is 0.
  let roots: [Int]

  /// The number of subtrees of all ranges.
  var subtreeCount: Int { subtreeCounts.reduce(0, +) }

  /// Makes the part of `tree` above neighbouring ranges, none of them empty.
  init(_ tree: CanonicalTree, over ranges: [Range<Int>]) {
    let subtrees = ranges.map { tree.subtrees(in: $0) }
    let subtreeCounts = subtrees.map(\.count)
    self.subtreeCounts = subtreeCounts
    firstPlaces = subtreeCounts.indices.map { subtreeCounts[..<$0].reduce(0, +) }
    let places = Dictionary(
      uniqueKeysWithValues: subtrees.joined().enumerated().map { ($1.lowerBound, $0) })
    let below = Set(subtrees.joined().flatMap { tree.merges(in: $0) })
    let whole = ranges[0].lowerBound..<ranges[ranges.count - 1].upperBound
    var merges: [Merge] = []
    for root in tree.subtrees(in: whole) {
      let above = tree.merges(in: root).filter { !below.contains($0) }
      for (index, merge) in above.enumerated() {
        guard let into = places[merge.into], let from = places[merge.from] else {
          unreachable("the subtrees of \(ranges) do not form the tree over \(tree.leafCount) leaves")
        }
        merges.append(Merge(into: into, from: from, isLast: index == above.count - 1))
      }
    }
    self.merges = merges
    roots = tree.subtrees(in: whole).compactMap { places[$0.lowerBound] }
  }
}

import CanonicalTree
import Execution
import Mistakes

/// A part of the canonical tree: from the nodes of neighbouring ranges of leaves to those of all of them together.
///
/// The values of nodes have places, in the order of the nodes from left to right.
struct ReductionTree {
  /// One merge of two nodes, by place.
  struct Merge: Hashable {
    /// The place of the left node, which stands for the result from then on.
    var into: Int
    /// The place of the right node.
    var from: Int
    /// Whether the result is a root.
    var isLast: Bool
  }

  /// By range, how many nodes its leaves form.
  let nodeCounts: [Int]
  /// By range, the place of its first node.
  let firstPlaces: [Int]
  /// In an order that works.
  let merges: [Merge]
  /// The places at which the values of the largest nodes end, from left to right; the first is 0.
  let roots: [Int]

  /// The number of nodes of all ranges.
  var nodeCount: Int { nodeCounts.reduce(0, +) }

  /// Makes the part of `tree` above neighbouring ranges, none of them empty.
  init(_ tree: CanonicalTree, over ranges: [Range<Int>]) {
    let nodes = ranges.map { tree.nodes(in: $0) }
    let nodeCounts = nodes.map(\.count)
    self.nodeCounts = nodeCounts
    firstPlaces = nodeCounts.indices.map { nodeCounts[..<$0].reduce(0, +) }
    let places = Dictionary(
      uniqueKeysWithValues: nodes.joined().enumerated().map { ($1.lowerBound, $0) })
    let below = Set(nodes.joined().flatMap { tree.merges(in: $0) })
    let whole = ranges[0].lowerBound..<ranges[ranges.count - 1].upperBound
    var merges: [Merge] = []
    for root in tree.nodes(in: whole) {
      let above = tree.merges(in: root).filter { !below.contains($0) }
      for (index, merge) in above.enumerated() {
        guard let into = places[merge.into], let from = places[merge.from] else {
          unreachable("the ranges' nodes do not form the tree")
        }
        merges.append(Merge(into: into, from: from, isLast: index == above.count - 1))
      }
    }
    self.merges = merges
    roots = tree.nodes(in: whole).compactMap { places[$0.lowerBound] }
  }
}

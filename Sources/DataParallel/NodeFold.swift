import Execution

/// Adds up nodes of a sum along a part of the canonical tree, piece by piece.
///
/// Partial sums stay in the first-level cache; each root is written over a node of the caller's choice.
final class NodeFold {
  /// The bytes that are added up at once.
  private static let blockByteCount = 8 << 10

  private let sum: BatchSum
  private let tree: ReductionTree
  /// By place, the memory of the node.
  private let nodes: [UnsafeMutableRawPointer]
  /// By place, where the root that ends there is written.
  private let targets: [UnsafeMutableRawPointer]
  private let scratch: AlignedMemory
  /// By place, what stands for the node while a block is added up.
  private var values: [UnsafeMutableRawPointer]

  /// Prepares to fold.
  ///
  /// - Parameters:
  ///   - sum: what is summed, element by element.
  ///   - tree: the nodes and their merges.
  ///   - nodes: by place, the memory of the node.
  ///   - target: where to write a single root; by default each root stays in its place.
  init(
    _ sum: BatchSum, _ tree: ReductionTree, nodes: [UnsafeMutableRawPointer],
    target: UnsafeMutableRawPointer? = nil
  ) {
    self.sum = sum
    self.tree = tree
    self.nodes = nodes
    targets = nodes.map { target ?? $0 }
    values = nodes
    scratch = AlignedMemory(byteCount: tree.merges.count > 1 ? Self.blockByteCount * nodes.count : 1)
  }

  /// Adds up some bytes of all nodes, whole elements.
  func callAsFunction(_ bytes: Range<Int>) {
    guard !tree.merges.isEmpty else { return }
    for begin in stride(from: bytes.lowerBound, to: bytes.upperBound, by: Self.blockByteCount) {
      let count = min(Self.blockByteCount, bytes.upperBound - begin) / sum.elementByteCount
      for place in nodes.indices { values[place] = nodes[place] + begin }
      for merge in tree.merges {
        let target =
          merge.isLast ? targets[merge.into] + begin : scratch.base + Self.blockByteCount * merge.into
        sum.add(values[merge.into], values[merge.from], to: target, count: count)
        values[merge.into] = target
      }
    }
  }
}

import Execution

/// Adds up summands along a part of the canonical tree, piece by piece.
///
/// Partial sums stay in the first-level cache; each root is written over a summand of the caller's choice.
final class SubtreeFold {
  /// The bytes that are added up at once.
  private static let blockByteCount = 8 << 10

  private let sum: BatchSum
  private let tree: ReductionTree
  /// By place, the memory of the summand.
  private let summands: [UnsafeMutableRawPointer]
  /// By place, where the root that ends there is written.
  private let targets: [UnsafeMutableRawPointer]
  private let scratch: AlignedMemory
  /// By place, what stands for the summand while a block is added up.
  private var values: [UnsafeMutableRawPointer]

  /// Prepares to fold.
  ///
  /// - Parameters:
  ///   - sum: what is summed, element by element.
  ///   - tree: the subtrees whose partial sums the summands are, and their merges.
  ///   - summands: by place, their memory.
  ///   - target: where to write a single root; by default each root stays in its place.
  init(
    _ sum: BatchSum, _ tree: ReductionTree, summands: [UnsafeMutableRawPointer],
    target: UnsafeMutableRawPointer? = nil
  ) {
    self.sum = sum
    self.tree = tree
    self.summands = summands
    targets = summands.map { target ?? $0 }
    values = summands
    scratch = AlignedMemory(byteCount: tree.merges.count > 1 ? Self.blockByteCount * summands.count : 1)
  }

  /// Adds up some bytes of all summands, whole elements.
  func callAsFunction(_ bytes: Range<Int>) {
    guard !tree.merges.isEmpty else { return }
    for begin in stride(from: bytes.lowerBound, to: bytes.upperBound, by: Self.blockByteCount) {
      let count = min(Self.blockByteCount, bytes.upperBound - begin) / sum.elementByteCount
      for place in summands.indices { values[place] = summands[place] + begin }
      for merge in tree.merges {
        let target =
          merge.isLast ? targets[merge.into] + begin : scratch.base + Self.blockByteCount * merge.into
        sum.add(values[merge.into], values[merge.from], to: target, count: count)
        values[merge.into] = target
      }
    }
  }
}

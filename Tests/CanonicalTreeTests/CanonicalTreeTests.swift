import CanonicalTree
import Execution
import Randomness
import Testing

/// The tree against its definition: the subtree over [lower, upper) splits at lower + the largest power of
/// two smaller than its length.
@Suite struct CanonicalTreeTests {
  // MARK: - The definition

  /// A function of two summands over plain arrays.
  struct Addition: Sendable, CustomTestStringConvertible {
    var sum: BatchSum
    var testDescription: String { "\(sum.kind)" }

    static let all = [
      Addition(sum: BatchSum(kind: .gradients, count: 19, name: "gradients")),
      Addition(sum: BatchSum(kind: .sums, count: 3, name: "sums")),
      Addition(sum: BatchSum(kind: .moments, count: 5, name: "moments")),
    ]

    /// Random leaves, whose magnitudes differ widely so that another order of summation shows.
    func leaves(_ count: Int, seed: Int) -> [AlignedMemory] {
      var random = Philox(seed: 3, purpose: .test, seed)
      return (0..<count).map { _ in
        let memory = AlignedMemory(byteCount: sum.byteCount)
        for index in 0..<sum.count {
          var value = (random.uniformDouble() - 0.5) * Double(1 + random.uniform(below: 1000))
          if sum.kind == .moments, index == 0 { value = Double(random.uniform(below: 4)) }
          if sum.kind == .moments, index > sum.count / 2 { value = abs(value) }
          if sum.kind == .gradients {
            memory.base.storeBytes(of: Float(value), toByteOffset: 4 * index, as: Float.self)
          } else {
            memory.base.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
          }
        }
        return memory
      }
    }

    func copies(of leaves: [AlignedMemory]) -> [AlignedMemory] {
      leaves.map { leaf in
        let copy = AlignedMemory(byteCount: sum.byteCount)
        copy.base.copyMemory(from: leaf.base, byteCount: sum.byteCount)
        return copy
      }
    }

    func bytes(_ memory: AlignedMemory) -> [UInt8] {
      withExtendedLifetime(memory) { Array(UnsafeRawBufferPointer(start: memory.base, count: sum.byteCount)) }
    }

    func merge(_ source: AlignedMemory, into target: AlignedMemory) {
      withExtendedLifetime((source, target)) { sum.merge(source.base, into: target.base) }
    }

    /// The sum over a range by the definition; overwrites the leaves.
    func definition(_ leaves: [AlignedMemory], _ range: Range<Int>) -> AlignedMemory {
      guard range.count > 1 else { return leaves[range.lowerBound] }
      let powers = (0..<62).map { 1 << $0 }.filter { $0 < range.count }
      let middle = range.lowerBound + (powers.max() ?? 0)
      let left = definition(leaves, range.lowerBound..<middle)
      merge(definition(leaves, middle..<range.upperBound), into: left)
      return left
    }

    func fold(_ merges: [CanonicalTree.Merge], _ leaves: [AlignedMemory]) {
      for merge in merges { self.merge(leaves[merge.from], into: leaves[merge.into]) }
    }
  }

  // MARK: - Partitions

  /// The ranges between cuts.
  private static func ranges(_ cuts: [Int], _ count: Int) -> [Range<Int>] {
    zip([0] + cuts, cuts + [count]).map { $0..<$1 }
  }

  /// All partitions of few leaves; of many, all into one, two and three parts, and some into any number.
  private static func partitions(_ count: Int) -> [[Range<Int>]] {
    if count <= 9 {
      return (0..<1 << (count - 1)).map { bits in
        ranges((1..<count).filter { bits >> ($0 - 1) & 1 == 1 }, count)
      }
    }
    var result = [ranges([], count)]
    for first in 1..<count {
      result.append(ranges([first], count))
      for second in first + 1..<max(count, first + 1) { result.append(ranges([first, second], count)) }
    }
    for index in 0..<50 {
      var random = Philox(seed: 4, purpose: .test, count, index)
      let density = random.uniform()
      result.append(ranges((1..<count).filter { _ in random.uniform() < density }, count))
    }
    return result
  }

  // MARK: - Laws

  @Test(
    "however leaves are shared out, the sum is that of the definition, bit for bit", arguments: Addition.all)
  func anyPartition(addition: Addition) {
    for count in 1...64 {
      let tree = CanonicalTree(leafCount: count)
      let leaves = addition.leaves(count, seed: count)
      let expected = addition.bytes(addition.definition(addition.copies(of: leaves), 0..<count))
      let wrong = Self.partitions(count).first { ranges in
        let places = addition.copies(of: leaves)
        for range in ranges {
          for subtree in tree.subtrees(in: range) { addition.fold(tree.merges(in: subtree), places) }
        }
        addition.fold(tree.merges(above: ranges), places)
        return addition.bytes(places[0]) != expected
      }
      #expect(wrong == nil, "\(count) leaves")
    }
  }

  @Test("the merges of all ranges and those above them are the merges of the tree, each once")
  func mergesOnce() {
    for count in 1...24 {
      let tree = CanonicalTree(leafCount: count)
      let all = tree.merges(in: 0..<count)
      #expect(all.count == count - 1)
      #expect(Set(all).count == all.count)
      let wrong = Self.partitions(count).first { ranges in
        let below = ranges.flatMap { tree.subtrees(in: $0) }.flatMap { tree.merges(in: $0) }
        let above = tree.merges(above: ranges)
        let subtrees = ranges.flatMap { tree.subtrees(in: $0) }
        return Set(below + above) != Set(all) || below.count + above.count != all.count
          || above.count != subtrees.count - 1
      }
      #expect(wrong == nil, "\(count) leaves")
    }
  }

  @Test("the subtrees of a range cover it in order, and they are few")
  func subtreesCover() {
    for count in 1...64 {
      let tree = CanonicalTree(leafCount: count)
      let height = (0..<62).first { 1 << $0 >= count } ?? 0
      for lower in 0..<count {
        for upper in lower...count {
          let subtrees = tree.subtrees(in: lower..<upper)
          #expect(subtrees.flatMap { Array($0) } == Array(lower..<upper))
          #expect(subtrees.count <= max(2 * height, 1))
        }
      }
    }
  }

  @Test("an aligned block of a power of two is one subtree", arguments: 1...64)
  func alignedBlocks(count: Int) {
    let tree = CanonicalTree(leafCount: count)
    for power in (0..<7).map({ 1 << $0 }) {
      for lower in stride(from: 0, through: count - power, by: power) {
        #expect(tree.subtrees(in: lower..<lower + power) == [lower..<lower + power])
      }
    }
    #expect(tree.subtrees(in: 0..<count) == [0..<count])
    #expect(tree.subtrees(in: 0..<0).isEmpty)
  }

  @Test("a fold makes the leaves in ascending order, and merges as the merges say", arguments: 1...64)
  func folds(count: Int) {
    let tree = CanonicalTree(leafCount: count)
    for subtree in (0..<count).flatMap({ tree.subtrees(in: $0..<count) }) {
      var made: [Int] = []
      let term = tree.fold(subtree) { leaf in
        made.append(leaf)
        return "\(leaf)"
      } merge: { left, right in
        left = "(\(left) \(right))"
      }
      #expect(made == Array(subtree))
      var terms = (0..<count).map { "\($0)" }
      for merge in tree.merges(in: subtree) {
        terms[merge.into] = "(\(terms[merge.into]) \(terms[merge.from]))"
      }
      #expect(term == terms[subtree.lowerBound])
    }
  }

  // MARK: - Negative controls

  @Test("summing from left to right gives other bits", arguments: Addition.all)
  func leftToRightDiffers(addition: Addition) {
    let differing = (4...64).filter { count in
      let leaves = addition.leaves(count, seed: count)
      let expected = addition.bytes(addition.definition(addition.copies(of: leaves), 0..<count))
      let places = addition.copies(of: leaves)
      addition.fold((1..<count).map { CanonicalTree.Merge(into: 0, from: $0) }, places)
      return addition.bytes(places[0]) != expected
    }
    #expect(differing.count > 50)
  }

  @Test("a tree within each range, and one over the ranges' sums, gives other bits", arguments: Addition.all)
  func treeOfTreesDiffers(addition: Addition) {
    // Five leaves on two ranks, 3 + 2: the naive (0 1 2)(3 4) is not the tree's ((0 1)(2 3))(4).
    let tree = CanonicalTree(leafCount: 5)
    let differing = (0..<20).filter { seed in
      let leaves = addition.leaves(5, seed: seed)
      let (canonical, naive) = (addition.copies(of: leaves), addition.copies(of: leaves))
      addition.fold(tree.merges(in: 0..<5), canonical)
      addition.fold(tree.merges(in: 0..<3) + tree.merges(in: 3..<5), naive)
      addition.fold([CanonicalTree.Merge(into: 0, from: 3)], naive)
      return addition.bytes(canonical[0]) != addition.bytes(naive[0])
    }
    #expect(differing.count > 10)
  }
}

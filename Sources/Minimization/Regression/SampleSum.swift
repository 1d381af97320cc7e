import CanonicalTree
import Mistakes

/// What an objective asks whenever a sum over samples is needed: the one place where ranks come in.
///
/// The samples of a batch are cut into V blocks, contiguous parts whose sizes differ by at most one, the
/// larger ones first. The summands of a block are added one after the other, and the blocks along the
/// `CanonicalTree` over V leaves. So the result depends on V but not on who computes which block.
///
/// Who implements this over several ranks returns the same bits on all of them, and every rank must ask for
/// the same sums in the same order. Each rank can read all samples, but reads those of its blocks only.
public protocol SampleSum {
  /// The number of blocks V, ≥ 1.
  var blockCount: Int { get }

  /// A sum of vectors over the samples 0 ..< `sampleCount`.
  ///
  /// - Parameters:
  ///   - sampleCount: the samples of the batch, ≥ 0; a block may have none.
  ///   - length: the elements of each vector, ≥ 0.
  ///   - addSamples: adds the vectors of a range of samples, in their order, to the sum it is given.
  func sum(
    sampleCount: Int, length: Int, addSamples: (_ samples: Range<Int>, _ sum: inout [Double]) throws -> Void
  ) throws -> [Double]
}

extension SampleSum {
  /// The samples of a block.
  ///
  /// - Parameters:
  ///   - index: 0 ..< V.
  ///   - sampleCount: the samples of the batch.
  public func block(_ index: Int, of sampleCount: Int) -> Range<Int> {
    EvenPartition(count: sampleCount, partCount: blockCount)[index]
  }

  /// The sum of a block, a leaf of the tree.
  ///
  /// - Parameters:
  ///   - index: 0 ..< V.
  ///   - sampleCount: the samples of the batch.
  ///   - length: the elements of each vector.
  ///   - addSamples: adds the vectors of a range of samples, in their order, to the sum it is given.
  public func leaf(
    _ index: Int, sampleCount: Int, length: Int,
    addSamples: (_ samples: Range<Int>, _ sum: inout [Double]) throws -> Void
  ) rethrows -> [Double] {
    var result = [Double](repeating: 0, count: length)
    try addSamples(block(index, of: sampleCount), &result)
    return result
  }
}

/// All blocks in one process: the oracle that every other sum is held against.
public struct SerialSampleSum: SampleSum, Hashable, Sendable {
  /// The number of blocks V.
  public let blockCount: Int

  /// Makes the sum over `blockCount` ≥ 1 blocks.
  public init(blockCount: Int = 8) {
    require(blockCount >= 1, "given \(blockCount) blocks but at least 1 needed")
    self.blockCount = blockCount
  }

  /// The sum over all samples.
  public func sum(
    sampleCount: Int, length: Int, addSamples: (_ samples: Range<Int>, _ sum: inout [Double]) throws -> Void
  ) throws -> [Double] {
    try CanonicalTree(leafCount: blockCount).fold(0..<blockCount) { index in
      try leaf(index, sampleCount: sampleCount, length: length, addSamples: addSamples)
    } merge: { left, right in
      for index in left.indices { left[index] += right[index] }
    }
  }
}

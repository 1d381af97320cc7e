import Mistakes

/// What an objective asks whenever a sum over samples is needed: the one place where ranks come in.
///
/// The samples of a batch are dealt to V microshards, contiguous parts whose sizes differ by at most one, the
/// larger ones first. The summands of a microshard are added one after the other, and the microshards along
/// the canonical tree: the node over [lower, upper) splits at lower + the largest power of two smaller than
/// its length. So the result depends on V but not on who computes which microshard.
///
/// Who implements this over several ranks returns the same bits on all of them, and every rank must ask for
/// the same sums in the same order. Each rank can read all samples, but reads those of its microshards only.
public protocol SampleSum {
  /// The number of microshards V, ≥ 1.
  var microshardCount: Int { get }

  /// A sum of vectors over the samples 0 ..< `sampleCount`.
  ///
  /// - Parameters:
  ///   - sampleCount: the samples of the batch, ≥ 0; a microshard may have none.
  ///   - length: the elements of each vector, ≥ 0.
  ///   - addSamples: adds the vectors of a range of samples, in their order, to the sum it is given.
  func sum(
    sampleCount: Int, length: Int, addSamples: (_ samples: Range<Int>, _ sum: inout [Double]) throws -> Void
  ) throws -> [Double]
}

extension SampleSum {
  /// The samples of a microshard.
  ///
  /// - Parameters:
  ///   - index: 0 ..< V.
  ///   - sampleCount: the samples of the batch.
  public func microshard(_ index: Int, of sampleCount: Int) -> Range<Int> {
    let (share, rest) = sampleCount.quotientAndRemainder(dividingBy: microshardCount)
    let begin = index * share + min(index, rest)
    return begin..<begin + share + (index < rest ? 1 : 0)
  }

  /// The sum of a microshard, a leaf of the tree.
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
    try addSamples(microshard(index, of: sampleCount), &result)
    return result
  }
}

/// All microshards in one process: the oracle that every other sum is held against.
public struct SerialSampleSum: SampleSum, Hashable, Sendable {
  /// The number of microshards V.
  public let microshardCount: Int

  /// Makes the sum over `microshardCount` ≥ 1 microshards.
  public init(microshardCount: Int = 8) {
    require(microshardCount >= 1, "given \(microshardCount) microshards but at least 1 needed")
    self.microshardCount = microshardCount
  }

  /// The sum over all samples.
  public func sum(
    sampleCount: Int, length: Int, addSamples: (_ samples: Range<Int>, _ sum: inout [Double]) throws -> Void
  ) throws -> [Double] {
    func node(_ leaves: Range<Int>) throws -> [Double] {
      if leaves.count == 1 {
        return try leaf(leaves.lowerBound, sampleCount: sampleCount, length: length, addSamples: addSamples)
      }
      var half = 1
      while half * 2 < leaves.count { half *= 2 }
      let middle = leaves.lowerBound + half
      let left = try node(leaves.lowerBound..<middle)
      let right = try node(middle..<leaves.upperBound)
      return zip(left, right).map { $0 + $1 }
    }
    return try node(0..<microshardCount)
  }
}

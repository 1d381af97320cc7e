import Mistakes

/// The global batches of an epoch, as ranges of positions in its order.
///
/// Batch b is [b·B, min((b + 1)·B, n)) for n samples and batch size B. The last batch is as short as the
/// samples leave it; none is dropped, padded or repeated.
public struct Batches: RandomAccessCollection, Sendable {
  /// The number of samples of the epoch.
  public let sampleCount: Int
  /// The number of samples of every batch but possibly the last.
  public let batchSize: Int

  /// Divides an epoch.
  ///
  /// - Parameters:
  ///   - sampleCount: the number of samples, at least 0.
  ///   - batchSize: the number of samples of a global batch, at least 1.
  public init(sampleCount: Int, batchSize: Int) {
    require(sampleCount >= 0, "an epoch has at least 0 samples, not \(sampleCount)")
    require(batchSize >= 1, "a batch has at least 1 sample, not \(batchSize)")
    self.sampleCount = sampleCount
    self.batchSize = batchSize
  }

  /// The position of the first batch, 0.
  public var startIndex: Int { 0 }

  /// The number of batches, ⌈samples ÷ batch size⌉.
  public var endIndex: Int { dividedRoundingUp(sampleCount, by: batchSize) }

  /// The positions of a batch's samples in the epoch's order.
  public subscript(batch: Int) -> Range<Int> {
    require(indices.contains(batch), "batch \(batch) of \(count)")
    let start = batch * batchSize
    return start..<(start + Swift.min(batchSize, sampleCount - start))
  }
}

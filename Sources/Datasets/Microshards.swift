/// The division of a global batch into V contiguous microshards of equal capacity.
///
/// The capacity is ⌈B ÷ V⌉ for batch size B. Microshard i of a batch of n ≤ B samples holds the positions
/// [min(i·capacity, n), min((i + 1)·capacity, n)) of the batch; those at the end of a short batch are short
/// or empty. Which samples a microshard holds depends on B, V and n only, never on the ranks that compute it.
public struct Microshards: Sendable {
  /// The number of microshards, V.
  public let count: Int
  /// The number of samples of a full batch, B.
  public let batchSize: Int
  /// The largest number of samples that a microshard holds, ⌈B ÷ V⌉.
  public let capacity: Int

  /// Divides batches of up to `batchSize` samples into `count` microshards.
  ///
  /// - Parameters:
  ///   - batchSize: the number of samples of a full global batch, at least 1.
  ///   - count: the number of microshards, at least 1.
  public init(batchSize: Int, count: Int) {
    precondition(batchSize >= 1, "a batch has at least 1 sample, not \(batchSize)")
    precondition(count >= 1, "a batch has at least 1 microshard, not \(count)")
    self.batchSize = batchSize
    self.count = count
    capacity = dividedRoundingUp(batchSize, by: count)
  }

  /// The positions within a batch that a microshard holds.
  ///
  /// - Parameters:
  ///   - microshard: 0 ..< `count`.
  ///   - sampleCount: the number of samples of this batch, 0 to `batchSize`.
  /// - Returns: positions from the start of the batch; empty where the batch ends before the microshard.
  public func positions(of microshard: Int, sampleCount: Int) -> Range<Int> {
    precondition((0..<count).contains(microshard), "microshard \(microshard) of \(count)")
    precondition(
      (0...batchSize).contains(sampleCount), "\(sampleCount) samples in a batch of at most \(batchSize)")
    let start = min(microshard * capacity, sampleCount)
    return start..<min(start + capacity, sampleCount)
  }
}

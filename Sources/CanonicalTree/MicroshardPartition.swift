import Mistakes

/// How the samples of a batch are cut into microshards.
///
/// Microshard i of a batch of n samples holds the positions [i·c, (i + 1)·c) below n, where c is its capacity: the
/// last batch of an epoch has full, then perhaps one short, then empty microshards.
public struct MicroshardPartition: Hashable, Sendable {
  /// The number of microshards, V.
  public let count: Int
  /// The most samples of one microshard.
  public let capacity: Int

  /// Cuts batches of at most `batchSize` samples into `count` microshards.
  public init(batchSize: Int, count: Int) {
    require(
      count >= 1 && batchSize >= 1,
      "given batches of \(batchSize) samples in \(count) microshards but at least 1 of each needed")
    self.count = count
    capacity = (batchSize + count - 1) / count
  }

  /// The positions in a batch of `samples` that a microshard holds; empty where the batch has ended.
  public func positions(of microshard: Int, samples: Int) -> Range<Int> {
    min(microshard * capacity, samples)..<min((microshard + 1) * capacity, samples)
  }
}

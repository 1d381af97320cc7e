import Mistakes
import Randomness

/// The order in which an epoch visits the samples of a dataset.
///
/// The order depends on the seed and the epoch only, so that every rank, and a run resumed elsewhere, finds
/// the same.
///
/// ```swift
/// let order = Sampler(count: dataset.count, seed: 0, shuffles: true).order(epoch: 3)
/// for batch in Batches(sampleCount: dataset.count, batchSize: 256) {
///   train(on: order[batch])
/// }
/// ```
public struct Sampler: Sendable {
  /// The number of samples of an epoch.
  public let count: Int
  /// The seed of the run.
  public let seed: UInt64
  /// Whether each epoch has an order of its own, or all have the stored one.
  public let shuffles: Bool

  /// Makes the orders of a dataset's epochs.
  ///
  /// - Parameters:
  ///   - count: the number of samples, 0 to 2³² − 1.
  ///   - seed: the seed of the run.
  ///   - shuffles: whether to shuffle; training does, evaluation need not.
  public init(count: Int, seed: UInt64, shuffles: Bool) {
    require(UInt32(exactly: count) != nil, "\(count) samples do not fit 32-bit indices")
    self.count = count
    self.seed = seed
    self.shuffles = shuffles
  }

  /// The sample indices of an epoch in the order of their use, each exactly once.
  ///
  /// - Parameter epoch: 0 to 2³² − 1.
  /// - Complexity: O(`count`)
  public func order(epoch: Int) -> [UInt32] {
    guard shuffles else {
      return (0..<count).map { UInt32(truncatingIfNeeded: $0) }
    }
    var random = Philox(seed: seed, purpose: .shuffle, epoch)
    return random.permutation(count: count)
  }
}

package import CanonicalTree
import Randomness

/// Which microshard of a step is verified, and by whom: the same on all ranks.
package struct VerificationDraw: Hashable {
  /// A microshard that has samples.
  package let microshard: Int
  /// The rank whose microshard it is.
  package let owner: Int
  /// The rank that computes it as well: another one, if there is one.
  package let checker: Int

  /// Draws for a step, each microshard that has samples and each other rank with the same probability.
  ///
  /// - Parameters:
  ///   - seed: the seed of the run.
  ///   - step: the steps taken before.
  ///   - samples: the samples of the batch.
  ///   - shares: by rank, its microshards.
  package init(seed: UInt64, step: Int, samples: Int, partition: MicroshardPartition, shares: [Range<Int>]) {
    var random = Philox(seed: seed, purpose: .verification, step)
    let filled = (samples + partition.capacity - 1) / partition.capacity
    let microshard = Int(random.uniform(below: UInt32(filled)))
    let owner = shares.firstIndex { $0.contains(microshard) } ?? 0
    self.microshard = microshard
    self.owner = owner
    guard shares.count > 1 else {
      checker = owner
      return
    }
    let other = Int(random.uniform(below: UInt32(shares.count - 1)))
    checker = other < owner ? other : other + 1
  }
}

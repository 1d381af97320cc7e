package import DataParallel
import Foundation
import Minimization

/// Sums over samples that all ranks make together: each rank adds up its microshards, and all get the same bits.
///
/// With any number of ranks these are the bits of a `SerialSampleSum` over as many microshards.
package struct RankSampleSum: SampleSum {
  private let vectors: VectorSum

  /// Makes the sums; every rank must call this, with as many microshards.
  ///
  /// - Parameters:
  ///   - topology: the ranks.
  ///   - microshardCount: V, at least one for each rank.
  package init(_ topology: Topology, microshardCount: Int) {
    vectors = VectorSum(
      topology, microshardCount: microshardCount,
      sharesCores: topology.machineRankCount > ProcessInfo.processInfo.activeProcessorCount)
  }

  /// The number of microshards V.
  package var microshardCount: Int { vectors.microshardCount }

  /// The sum over all samples; every rank must call this, with the same numbers.
  package func sum(
    sampleCount: Int, length: Int, addSamples: (_ samples: Range<Int>, _ sum: inout [Double]) throws -> Void
  ) throws -> [Double] {
    try vectors(length: length) { microshard in
      try leaf(microshard, sampleCount: sampleCount, length: length, addSamples: addSamples)
    }
  }

  /// Gives the memory of the sums back; every rank must call this.
  package func free() throws { try vectors.free() }
}

package import DataParallel
import Minimization

/// Sums over samples that all ranks make together: each rank adds up its blocks, and all get the same bits.
///
/// With any number of ranks these are the bits of a `SerialSampleSum` over as many blocks.
package struct RankSampleSum: SampleSum {
  private let vectors: VectorSum

  /// Makes the sums; every rank must call this, with as many blocks.
  ///
  /// - Parameters:
  ///   - topology: the ranks.
  ///   - blockCount: V, at least one for each rank.
  ///   - recorder: where the ranks say what they wait for; nil if nobody watches.
  package init(_ topology: Topology, blockCount: Int, recorder: FlightRecorder? = nil) {
    vectors = VectorSum(
      topology, leafCount: blockCount,
      sharesCores: topology.machineRankCount > ProcessorCount.available, recorder: recorder)
  }

  /// The number of blocks V.
  package var blockCount: Int { vectors.leafCount }

  /// The sum over all samples; every rank must call this, with the same numbers.
  package func sum(
    sampleCount: Int, length: Int, addSamples: (_ samples: Range<Int>, _ sum: inout [Double]) throws -> Void
  ) throws -> [Double] {
    try vectors(length: length) { block in
      try leaf(block, sampleCount: sampleCount, length: length, addSamples: addSamples)
    }
  }

  /// Gives the memory of the sums back; every rank must call this.
  package func free() throws { try vectors.free() }
}

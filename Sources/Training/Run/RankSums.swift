import DataParallel
package import Execution
import Foundation
import MPI

/// How a configuration wants sums over the ranks to be made, and what was chosen where it leaves that open.
package struct RankSums: CustomStringConvertible {
  /// What makes the sums.
  package let reduction: any BatchReduction
  /// The bytes of a bucket of gradients.
  package let bucketByteCount: Int
  /// What was measured to choose that; nil if it was given or nothing depends on it.
  private let speed: ReductionSpeed?
  private let ranks: RankReduction?

  /// Used where nothing is measured.
  package static let usualBucketByteCount = 1 << 20

  /// Chooses.
  ///
  /// Every rank must call this.
  ///
  /// - Parameter sendsGradients: whether there will be buckets of gradients, whose size is worth measuring for.
  init(_ configuration: Configuration, world: Communicator, sendsGradients: Bool) throws {
    let wanted = configuration.reduction
    let count = configuration.batch.microshards
    guard configuration.collectives == .exact else {
      reduction = try LibraryReduction(world, microshardCount: count)
      bucketByteCount = wanted.bucketBytes ?? Self.usualBucketByteCount
      (speed, ranks) = (nil, nil)
      return
    }
    let topology = try Topology(world) { rank in wanted.ranksPerHost.map { rank / $0 } ?? 0 }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let sharesCores = topology.machineRankCount * configuration.threads > cores
    let hasCore = topology.machineRankCount * (configuration.threads + 1) <= cores
    let allHaveCores = try world.allReduce(hasCore ? 1 : 0, .minimum) == 1
    let ranks = RankReduction(
      topology, microshardCount: count, sharesCores: sharesCores,
      overlap: wanted.overlap.chosen(usesThread: allHaveCores && topology.hosts.count > 1))
    self.ranks = ranks
    reduction = ranks
    if let byteCount = wanted.bucketBytes {
      (speed, bucketByteCount) = (nil, byteCount)
    } else if world.size == 1 || !sendsGradients {
      (speed, bucketByteCount) = (nil, Self.usualBucketByteCount)
    } else {
      let measured = try ReductionSpeed.measured(topology, sharesCores: sharesCores)
      (speed, bucketByteCount) = (measured, measured.bucketByteCount)
    }
  }

  /// What was chosen, in a line for the log.
  package var description: String {
    let buckets = "buckets of \(Self.size(bucketByteCount))"
    guard let ranks else { return "MPI_Allreduce, \(buckets)" }
    let transport = ranks.transport?.description ?? "not prepared"
    var text = "\(transport); \(ranks.overlap.explanation); \(buckets)"
    if let speed {
      text += String(
        format: " (measured: %.1f µs, %.2f GB/s)", 1e6 * speed.latencySeconds, 1e-9 * speed.bytesPerSecond)
    }
    return text
  }

  /// What the user should know who wants speed or exactness; nil if all is well.
  package var warning: String? {
    guard let ranks else { return "collectives: mpi makes the result depend on the number of ranks" }
    guard let transport = ranks.transport, case .messagesForLackOfRoom = transport else { return nil }
    return "sums over ranks take the slow way, by \(transport); make /dev/shm larger"
  }

  private static func size(_ byteCount: Int) -> String {
    for (unit, bytes) in [("MiB", 1 << 20), ("KiB", 1 << 10)] where byteCount % bytes == 0 {
      return "\(byteCount / bytes) \(unit)"
    }
    return "\(byteCount) bytes"
  }
}

extension Configuration.Reduction.Overlap {
  /// What a reduction does; `usesThread` says whether `auto` is to have a thread.
  fileprivate func chosen(usesThread: Bool) -> RankReduction.Overlap {
    switch self {
    case .auto: usesThread ? .thread : .calls
    case .off: .off
    case .calls: .calls
    case .thread: .thread
    }
  }
}

extension RankReduction.Overlap {
  /// In words for the log.
  fileprivate var explanation: String {
    switch self {
    case .off: "no overlap with computation"
    case .calls: "they go on between computations, without a communication thread"
    case .thread: "a communication thread lets them go on"
    }
  }
}

public import Execution
import Foundation
public import MPI

/// The ranks of an MPI communicator as a trainer sees them.
public final class MPIRanks: Ranks {
  /// The communicator of all ranks.
  public let world: Communicator

  /// The name of this rank's host.
  public let host: String

  /// Whether one of the ranks has met a mistake of the user, and all know.
  public var hasAgreedOnMistake = false

  /// What the ranks say of themselves, for each other.
  package let recorder: FlightRecorder
  private let watchdog: Watchdog

  /// Makes ranks of a communicator's.
  ///
  /// From then on the ranks of a host look after each other. Every rank must call this.
  ///
  /// - Throws: `MPIError`.
  public init(_ world: Communicator) throws {
    self.world = world
    host = try MPIEnvironment.processorName
    recorder = try FlightRecorder(world, host: host)
    watchdog = Watchdog(recorder)
  }

  deinit {
    leave()
    watchdog.stop()
  }

  /// Says that this rank ends in order, so that the others do not take it for dead.
  package func leave() { recorder.leave() }

  /// Says how long the ranks wait for one that makes no progress, and where they write what is known of it.
  public func watch(_ options: WatchdogOptions) { watchdog.set(options) }

  /// Says what this rank is at from now on.
  public func enter(_ activity: RankActivity) { recorder.enter(activity) }

  /// This rank's number in the communicator.
  public var rank: Int { world.rank }

  /// The number of ranks of the communicator.
  public var count: Int { world.size }

  /// The least of all ranks' values.
  public func minimum(_ value: Int) throws -> Int {
    try recorder.collective(RankAgreement.agreement.rawValue) { try world.allReduce(value, .minimum) }
  }

  /// The coordinator's bytes.
  public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    try recorder.collective(RankAgreement.broadcast.rawValue) { try world.broadcast(bytes, root: 0) }
  }

  /// The bytes of every rank.
  public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try recorder.collective(RankAgreement.exchange.rawValue) { try world.allGatherV(bytes) }
  }

  /// Makes the sums as requested, and chooses by measurement what the request leaves open.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `MPIError`.
  public func makeSums(_ request: SumRequest) throws -> RankSums {
    try recorder.collective(RankAgreement.preparation.rawValue) { try preparedSums(request) }
  }

  private func preparedSums(_ request: SumRequest) throws -> RankSums {
    let (wanted, microshardCount) = (request.options, request.microshardCount)
    let load = try MachineLoad(world, threads: request.threads)
    let crowding = try load.worstWarning(world, host: host)
    guard request.collectives == .exact else {
      let byteCount = wanted.bucketByteCount ?? ReductionOptions.usualBucketByteCount
      return RankSums(
        reduction: try LibraryReduction(world, microshardCount: microshardCount, recorder: recorder),
        bucketByteCount: byteCount,
        description: { "MPI_Allreduce, \(Self.buckets(byteCount))" },
        warnings: {
          ["collectives: mpi makes the result depend on the number of ranks"] + [crowding].compactMap { $0 }
        })
    }
    let topology = try Topology(world) { rank in wanted.ranksPerHost.map { rank / $0 } ?? 0 }
    let sharesCores = load.threadCount > load.coreCount
    let hasCore = load.threadCount + load.rankCount <= load.coreCount
    let allHaveCores = try world.allReduce(hasCore ? 1 : 0, .minimum) == 1
    let reduction = RankReduction(
      topology, microshardCount: microshardCount, sharesCores: sharesCores,
      overlap: wanted.overlap ?? (allHaveCores && topology.hosts.count > 1 ? .thread : .calls),
      recorder: recorder)
    var speed: ReductionSpeed?
    if wanted.bucketByteCount == nil, count > 1, request.sendsGradients {
      speed = try ReductionSpeed.measured(topology, sharesCores: sharesCores)
    }
    let byteCount =
      wanted.bucketByteCount ?? speed?.bucketByteCount ?? ReductionOptions.usualBucketByteCount
    return RankSums(
      reduction: reduction, bucketByteCount: byteCount,
      description: { Self.description(reduction, bucketByteCount: byteCount, speed) },
      warnings: { [crowding, reduction.transport.flatMap(Self.warning)].compactMap { $0 } },
      free: reduction.free)
  }

  // MARK: - Words for the log

  private static func description(
    _ reduction: RankReduction, bucketByteCount: Int, _ speed: ReductionSpeed?
  ) -> String {
    let transport = reduction.transport?.description ?? "not prepared"
    let measured = speed.map {
      String(
        format: " (measured: latency %.1f µs, %.2f GB/s)", 1e6 * $0.latencySeconds, 1e-9 * $0.bytesPerSecond)
    }
    return "\(transport), \(reduction.overlap.explanation), \(buckets(bucketByteCount))\(measured ?? "")"
  }

  private static func warning(_ transport: RankReduction.Transport) -> String? {
    guard case .messagesForLackOfRoom(let available, let needed) = transport else { return nil }
    return
      "the all-reduce is slow: /dev/shm of a host has \(available) bytes free where \(needed) are needed, so messages "
      + "are used; make it larger (containers: --shm-size)"
  }

  private static func buckets(_ byteCount: Int) -> String {
    for (unit, bytes) in [("MiB", 1 << 20), ("KiB", 1 << 10)] where byteCount % bytes == 0 {
      return "\(byteCount / bytes) \(unit) buckets"
    }
    return "\(byteCount) byte buckets"
  }
}

extension Overlap {
  /// In words for the log.
  fileprivate var explanation: String {
    switch self {
    case .off: "not overlapped with compute"
    case .calls: "overlapped with compute"
    case .thread: "overlapped with compute by a communication thread"
    }
  }
}

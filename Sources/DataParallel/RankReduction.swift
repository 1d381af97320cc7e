public import Execution
public import MPI

/// Sums over all ranks by the fastest way there is: shared memory where all ranks are on one host and it has room,
/// messages otherwise.
///
/// The way changes no bit.
public final class RankReduction: BatchReduction {
  /// How the ranks' sums travel.
  public enum Transport: Hashable, Sendable, CustomStringConvertible {
    /// Through one window that all ranks of the host read and write.
    case sharedMemory
    /// By messages, since the ranks are on several hosts.
    case messagesBetweenHosts
    /// By messages, since a host has less room for shared memory than is needed, both in bytes.
    case messagesForLackOfRoom(availableByteCount: Int, neededByteCount: Int)

    /// In words, such as `shared memory`.
    public var description: String {
      switch self {
      case .sharedMemory: "shared memory"
      case .messagesBetweenHosts: "messages (the ranks are on several hosts)"
      case .messagesForLackOfRoom(let available, let needed):
        "messages (a host has \(available) bytes of room for shared memory, but \(needed) are needed)"
      }
    }
  }

  /// The microshards of a batch over all ranks, V.
  public let microshardCount: Int
  /// The contiguous microshards of this rank.
  public let microshards: Range<Int>
  /// How the sums travel; nil until they are prepared.
  public private(set) var transport: Transport?

  private let world: Communicator
  private let sharesCores: Bool
  private let availableByteCount: Int?
  private var chosen: (any BatchReduction)?

  /// Makes the reduction over the ranks of a communicator.
  ///
  /// Every rank must call this with equal arguments.
  ///
  /// - Parameters:
  ///   - world: the ranks.
  ///   - microshardCount: the microshards of a batch, at least one for each rank.
  ///   - sharesCores: whether there are more threads than cores, so that who waits must let others run.
  ///   - availableByteCount: the room for shared memory on this host in bytes; nil if it is not known.
  public init(
    _ world: Communicator, microshardCount: Int, sharesCores: Bool,
    availableByteCount: Int? = SharedWindow.availableByteCount
  ) {
    self.world = world
    self.microshardCount = microshardCount
    self.sharesCores = sharesCores
    self.availableByteCount = availableByteCount
    microshards = MicroshardAssignment(microshardCount: microshardCount, rankCount: world.size)[world.rank]
  }

  /// Chooses the transport and makes the memory of the sums.
  ///
  /// - Throws: `MPIError`.
  public func prepare(_ sums: [BatchSum]) throws -> [BatchSumMemory] {
    let host = try world.splitShared()
    let neededByteCount = SharedMemoryReduction.byteCount(
      of: sums, microshardCount: microshardCount, ranks: world.size)
    // What a rank finds must count for all: the smallest host and the smallest room.
    let smallest = try world.allReduce(Int64(availableByteCount ?? Int.max), .minimum)
    let fewest = try world.allReduce(Int64(host.size), .minimum)
    if fewest < world.size {
      transport = .messagesBetweenHosts
    } else if smallest < Int64(neededByteCount) {
      transport = .messagesForLackOfRoom(
        availableByteCount: Int(smallest), neededByteCount: neededByteCount)
    } else {
      transport = .sharedMemory
      let reduction = try SharedMemoryReduction(
        world, microshardCount: microshardCount, sharesCores: sharesCores)
      chosen = reduction
      return try reduction.prepare(sums)
    }
    let reduction = try MessageReduction(world, microshardCount: microshardCount)
    chosen = reduction
    return reduction.prepare(sums)
  }

  /// The bytes of shared memory that sums take on a host of as many ranks.
  package static func windowByteCount(of sums: [BatchSum], microshardCount: Int, ranks: Int) -> Int {
    SharedMemoryReduction.byteCount(of: sums, microshardCount: microshardCount, ranks: ranks)
  }

  /// As ``BatchReduction`` says.
  public func releaseResults() throws { try chosen?.releaseResults() }

  /// As ``BatchReduction`` says.
  public func acquireSummands() throws { try chosen?.acquireSummands() }

  /// As ``BatchReduction`` says.
  public func start(_ sum: Int) throws { try chosen?.start(sum) }

  /// As ``BatchReduction`` says.
  public func finish(_ sum: Int) throws { try chosen?.finish(sum) }
}

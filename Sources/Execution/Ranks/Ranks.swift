/// The ranks of a run as a trainer sees them: which one this is, exact sums over all of them, and agreement.
///
/// ``SingleRank`` is a trainer by itself. On several ranks all must make the same calls in the same order: each call waits
/// for the others.
public protocol Ranks: AnyObject {
  /// This rank's number, 0 to ``count`` − 1; rank 0 is the coordinator.
  var rank: Int { get }

  /// The number of ranks, ≥ 1.
  var count: Int { get }

  /// The name of this rank's host, for messages.
  var host: String { get }

  /// Whether the ranks have agreed that one of them met a mistake of the user, so that all can end in order; set by
  /// ``agree(_:)``.
  var hasAgreedOnMistake: Bool { get set }

  /// Makes the sums over the microshards of all ranks.
  ///
  /// Every rank must call this, with equal arguments but for `threads` and the overlap.
  func makeSums(_ request: SumRequest) throws -> RankSums

  /// The least of all ranks' values.
  ///
  /// Every rank must call this.
  func minimum(_ value: Int) throws -> Int

  /// The coordinator's bytes, on every rank; those that other ranks pass are ignored.
  ///
  /// Every rank must call this.
  func broadcast(_ bytes: [UInt8]) throws -> [UInt8]

  /// The bytes of every rank, by rank; they may differ in number.
  ///
  /// Every rank must call this.
  func allGather(_ bytes: [UInt8]) throws -> [[UInt8]]

  /// Says how long the ranks wait for one that makes no progress, and where they write what is known of it.
  func watch(_ options: WatchdogOptions)

  /// Says what this rank is at from now on.
  func enter(_ activity: RankActivity)
}

extension Ranks {
  /// Does nothing: nobody watches.
  public func watch(_ options: WatchdogOptions) {}

  /// Does nothing: nobody watches.
  public func enter(_ activity: RankActivity) {}
}

extension Ranks {
  /// Whether this is rank 0, which logs and writes.
  public var isCoordinator: Bool { rank == 0 }

  /// The coordinator's text, on every rank.
  ///
  /// Every rank must call this.
  public func broadcast(_ text: String) throws -> String {
    String(decoding: try broadcast(Array(text.utf8)), as: UTF8.self)
  }

  /// The host of each rank, by rank.
  ///
  /// Every rank must call this.
  public func hosts() throws -> [String] {
    try allGather(Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// What a trainer asks of the sums over its ranks.
public struct SumRequest: Sendable {
  /// The microshards of a batch over all ranks, V, at least one for each rank.
  public var microshardCount: Int
  /// The threads that compute on this rank.
  public var threads: Int
  /// Whether there will be gradients, for whose buckets it pays to measure the network.
  public var sendsGradients: Bool
  /// Who makes the sums.
  public var collectives: Collectives
  /// How they are made; no result depends on it.
  public var options: ReductionOptions

  /// Describes the sums over `microshardCount` microshards.
  public init(
    microshardCount: Int, threads: Int = 1, sendsGradients: Bool = true, collectives: Collectives = .exact,
    options: ReductionOptions = ReductionOptions()
  ) {
    self.microshardCount = microshardCount
    self.threads = threads
    self.sendsGradients = sendsGradients
    self.collectives = collectives
    self.options = options
  }
}

/// The sums over all ranks, with what was chosen for them.
public struct RankSums {
  /// What makes the sums.
  public var reduction: any BatchReduction
  /// The bytes of a bucket of gradients.
  public var bucketByteCount: Int
  /// How the sums travel, in a line for the log; what is only known once they are prepared is computed when asked for.
  public var description: () -> String
  /// What the user should know who wants speed or exactness; empty if all is well.
  public var warnings: () -> [String]

  /// Gives the memory of the sums back; every rank must call this.
  public var free: () throws -> Void

  /// Makes sums of a reduction that is not prepared yet.
  public init(
    reduction: any BatchReduction, bucketByteCount: Int, description: @escaping () -> String,
    warnings: @escaping () -> [String] = { [] }, free: @escaping () throws -> Void = {}
  ) {
    self.free = free
    self.reduction = reduction
    self.bucketByteCount = bucketByteCount
    self.description = description
    self.warnings = warnings
  }
}

public import Execution
import Mistakes
import Records

/// All of a run that no bit depends on: threads, how sums travel, checks, log, when checkpoints are written.
///
/// It may differ from rank to rank and from run to run. Where the ranks must agree all the same (``checkEverySteps``,
/// ``logEverySteps``, ``checkpoints``, ``verifyEverySteps``, the size of buckets, the grouping of ranks), the coordinator's value counts.
public struct Machine: Hashable, Sendable {
  /// The threads that compute on each rank, 1 to 256.
  public var threads = 1

  /// How sums over the ranks are made.
  public var reduction = ReductionOptions()

  /// The steps from one comparison of the ranks' replicas to the next, ≥ 1.
  public var checkEverySteps = 100

  /// The steps from one to the next in which another rank recomputes one microshard, ≥ 1; nil for none.
  public var verifyEverySteps: Int?

  /// The steps from one line of progress to the next, ≥ 1.
  public var logEverySteps = 50

  /// When checkpoints are written, and which are kept.
  public var checkpoints = CheckpointPolicy()
  /// The seconds that ranks wait for one that makes no progress before they end the run, ≥ 0; 0: for ever.
  public var watchdogSeconds = WatchdogOptions.usualTimeoutSeconds

  /// Creates a machine; by default of one thread a rank, which chooses the rest.
  public init(
    threads: Int = 1, reduction: ReductionOptions = ReductionOptions(), checkEverySteps: Int = 100,
    logEverySteps: Int = 50, checkpoints: CheckpointPolicy = CheckpointPolicy(), verifyEverySteps: Int? = nil
  ) {
    self.threads = threads
    self.reduction = reduction
    self.checkEverySteps = checkEverySteps
    self.logEverySteps = logEverySteps
    self.checkpoints = checkpoints
    self.verifyEverySteps = verifyEverySteps
  }

  /// Checks the ranges of all values.
  ///
  /// - Throws: `UserMistake` that names the key of a configuration and the range.
  func check() throws(UserMistake) {
    for (key, value, range) in [
      ("threads", threads, 1...256), ("desync_check.every_steps", checkEverySteps, 1...Int.max),
      ("log.every_steps", logEverySteps, 1...Int.max),
      ("verify.every_steps", verifyEverySteps ?? 1, 1...Int.max),
      ("reduction.bucket_bytes", reduction.bucketByteCount ?? 4, 4...(1 << 31)),
      ("reduction.ranks_per_host", reduction.ranksPerHost ?? 1, 1...Int.max),
      ("checkpoint.every_steps", checkpoints.everySteps ?? 1, 1...Int.max),
      ("checkpoint.every_epochs", checkpoints.everyEpochs ?? 1, 1...Int.max),
      ("checkpoint.keep", checkpoints.keep ?? 1, 1...Int.max),
    ] where !range.contains(value) {
      throw UserMistake("\(key): found \(value), expected \(range.lowerBound) to \(range.upperBound)")
    }
    guard watchdogSeconds >= 0, watchdogSeconds.isFinite else {
      throw UserMistake("watchdog.timeout_seconds: found \(watchdogSeconds), expected a number of at least 0")
    }
  }

  /// Checks that the machine can compute with the statistics of a recipe.
  ///
  /// - Throws: `UserMistake` if another rank cannot recompute a microshard.
  func check(statistics: BatchStatistics) throws(UserMistake) {
    guard let verifyEverySteps, statistics == .rank else { return }
    throw UserMistake(
      "verify.every_steps: found \(verifyEverySteps), but no other rank can recompute a microshard with "
        + "batch_norm.statistics: rank; take global or microshard")
  }

  /// This rank's machine, with the coordinator's values where all ranks must have the same.
  ///
  /// Every rank must call this.
  func agreed(among ranks: any Ranks) throws -> Machine {
    let own = [
      reduction.bucketByteCount ?? 0, reduction.ranksPerHost ?? 0, checkEverySteps,
      checkpoints.everySteps ?? 0, checkpoints.everyEpochs ?? 0, verifyEverySteps ?? 0, logEverySteps,
    ]
    let first = try ranks.broadcast(own.map(String.init).joined(separator: " "))
      .split(separator: " ").compactMap { Int($0) }
    require(first.count == own.count, "the coordinator's machine came as \(first)")
    var machine = self
    machine.reduction.bucketByteCount = first[0] == 0 ? nil : first[0]
    machine.reduction.ranksPerHost = first[1] == 0 ? nil : first[1]
    machine.checkEverySteps = first[2]
    machine.checkpoints.everySteps = first[3] == 0 ? nil : first[3]
    machine.checkpoints.everyEpochs = first[4] == 0 ? nil : first[4]
    machine.verifyEverySteps = first[5] == 0 ? nil : first[5]
    machine.logEverySteps = first[6]
    return machine
  }
}

import Execution

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a watchdog has seen of another rank of its host: since when it has not moved.
struct NeighbourWatch {
  /// What changes whenever a rank gets on.
  private struct Progress: Hashable {
    var activity, activityBegan, position, entered, done, waiting: UInt64

    init(_ record: RankRecord) {
      (activity, activityBegan) = (record[.activity], record[.activityBegan])
      (position, waiting) = (record[.position], record[.waiting])
      (entered, done) = (record[.entered], record[.done])
    }
  }

  /// For how long a process may be silent that lives, some looks of its watchdog.
  private static let silentSeconds = 0.25

  /// The rank's number.
  let rank: Int
  /// Its record.
  let record: RankRecord
  /// How its process was at the latest look.
  private(set) var life = ProcessLife.running
  /// When it moved last, as far as this rank has seen.
  private(set) var moved: UInt64
  /// When its process ran last.
  private(set) var ran: UInt64
  private var progress: Progress
  private var heartbeat: UInt64

  /// Begins to watch.
  init(rank: Int, _ record: RankRecord, now: UInt64) {
    (self.rank, self.record) = (rank, record)
    (moved, ran) = (now, now)
    progress = Progress(record)
    heartbeat = record[.heartbeat]
  }

  /// Looks again.
  mutating func look(now: UInt64) {
    let (progress, heartbeat) = (Progress(record), record[.heartbeat])
    if progress != self.progress { (self.progress, moved) = (progress, now) }
    if heartbeat != self.heartbeat { (self.heartbeat, ran) = (heartbeat, now) }
    // The system is asked only of a process whose watchdog is silent: on a host of many ranks it would be asked often.
    let isSilent = MonotonicClock.seconds(from: ran, to: now) >= Self.silentSeconds
    life =
      isSilent && record.state == .running
      ? ProcessLife(process: pid_t(truncatingIfNeeded: record[.process])) : .running
  }

  /// Forgets for how long the rank has not moved, since this rank was not there to see it.
  mutating func beginAgain(now: UInt64) {
    (moved, ran) = (now, now)
  }

  /// Why the others wait for this rank in vain; nil if they do not.
  func fault(timeoutSeconds timeout: Double, now: UInt64) -> MissingRank.Fault? {
    if life == .dead { return .dead }
    if record.state == .ended { return .left }
    // It has told of others, perhaps of this very rank, which was stopped until mpirun woke it to end it.
    if record.state == .ending { return nil }
    if MonotonicClock.seconds(from: ran, to: now) >= timeout { return .stopped }
    let isComputing = ProgressRecord.decode(record[.position]).part != .nothing
    guard record.waitsFor == nil, isComputing || record.activity.kind != .outside,
      MonotonicClock.seconds(from: moved, to: now) >= timeout
    else { return nil }
    // It may have moved last before its watchdog ran last, and been stopped then.
    return life == .stopped ? .stopped : .hanging
  }
}

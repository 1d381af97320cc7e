import Dispatch
import Execution
import Foundation
import Synchronization

/// A thread that looks after the other ranks of this one's host, and ends the process if the run cannot go on.
///
/// It ends the process itself: the rank's own thread waits inside MPI or for a sum, and MPI's own way to end all ranks may
/// wait as well. mpirun ends all ranks as soon as one has ended so, stopped ones too.
final class Watchdog: @unchecked Sendable {
  // What the thread has seen it keeps to itself; the options are under a mutex.

  /// How often it looks whether the other ranks of the host live: mpirun ends the survivors of a death after a second.
  private static let deathSeconds = 0.1
  /// How often it looks if there are no others.
  private static let aloneSeconds = 0.5
  /// How much longer it waits before it tells of other hosts' ranks, so that these may tell it themselves, who know more.
  private static let foreignSeconds = 2.0
  /// How much longer still if another host has to tell it.
  private static let otherTellsSeconds = 3.0
  /// How long after its line the process ends, so that others write their lines and records.
  private static let graceSeconds = 0.5
  /// How long a rank waits for other hosts at least after the run was asked to stop.
  private static let stopSeconds = 5.0

  private let recorder: FlightRecorder
  private let options = Mutex(WatchdogOptions(timeoutSeconds: WatchdogOptions.usualTimeoutSeconds))
  private let stopping = DispatchSemaphore(value: 0)
  private var watches: [NeighbourWatch]
  /// When this process did not run for a while, at the latest; what was before does not count as waiting.
  private var wokeUp: UInt64
  private var looked: UInt64
  private var stopAsked: UInt64?
  private var thread: SystemThread?

  /// Starts to watch.
  init(_ recorder: FlightRecorder) {
    self.recorder = recorder
    let now = MonotonicClock.now
    (wokeUp, looked) = (now, now)
    watches = zip(recorder.neighbours, recorder.records).filter { $0.0 != recorder.rank }
      .map { NeighbourWatch(rank: $0, $1, now: now) }
    thread = SystemThread { [unowned self] in serve() }
  }

  /// Ends the thread; to be called before the last reference goes.
  func stop() {
    stopping.signal()
    thread?.join()
    thread = nil
  }

  /// Changes the options that are given.
  func set(_ changes: WatchdogOptions) {
    options.withLock { options in
      options.timeoutSeconds = changes.timeoutSeconds ?? options.timeoutSeconds
      options.directory = changes.directory ?? options.directory
    }
  }

  private func serve() {
    let seconds = watches.isEmpty ? Self.aloneSeconds : Self.deathSeconds
    while stopping.wait(timeout: .now() + seconds) == .timedOut { look() }
  }

  /// Looks once.
  private func look() {
    let now = MonotonicClock.now
    recorder.own[.heartbeat] += 1
    let timeout = options.withLock { $0.timeoutSeconds } ?? 0
    if MonotonicClock.seconds(from: looked, to: now) > max(1, timeout / 2) {
      // This process was stopped, or had no core. The others may have waited for it, not it for them.
      wokeUp = now
      for index in watches.indices { watches[index].beginAgain(now: now) }
    }
    looked = now
    for index in watches.indices { watches[index].look(now: now) }
    if FlightRecorder.isStopRequested, stopAsked == nil { stopAsked = now }
    let dead = missing(now: now) { $0.life == .dead ? .dead : nil }
    if !dead.isEmpty { end(missing: dead) }
    lookForHang(timeout: timeout, now: now)
  }

  // MARK: - Ranks that hang

  private func lookForHang(timeout: Double, now: UInt64) {
    let own = recorder.own
    guard let number = own.waitsFor else { return }
    let began = own[.waitingBegan]
    guard own.waitsFor == number else { return }
    let waited = MonotonicClock.seconds(from: max(began, wokeUp), to: now)
    if timeout > 0, waited >= timeout {
      let missing = missing(now: now) { $0.fault(timeoutSeconds: timeout, now: now) }
      if !missing.isEmpty { end(missing: missing) }
      let patience = timeout + Self.foreignSeconds
      if allWait(seconds: patience, now: now), waited >= patience, !isExempt(number) {
        endForOthers(number, waited: waited, mayLeaveItToOthers: waited < patience + Self.otherTellsSeconds)
      }
    }
    if let stopAsked, recorder.neighbours.count < recorder.hosts.count, !isExempt(number) {
      let longestStep = 1e-9 * Double(own[.longestStep])
      let patience = max(Self.stopSeconds, 2 * longestStep)
      if MonotonicClock.seconds(from: max(began, wokeUp, stopAsked), to: now) >= patience,
        allWait(seconds: patience, now: now)
      {
        endForOthers(number, waited: waited, mayLeaveItToOthers: false)
      }
    }
  }

  /// Whether other hosts may take their time: their ranks may be reading data before they begin.
  private func isExempt(_ number: Int) -> Bool {
    guard recorder.neighbours.count < recorder.hosts.count, let collective = recorder.own.collective(number)
    else { return false }
    return [.outside, .starting].contains(collective.activity.kind)
      && RankAgreement(rawValue: recorder.own.name(collective.name)) != nil
  }

  /// Whether all other ranks of the host have waited for so long as well.
  private func allWait(seconds: Double, now: UInt64) -> Bool {
    watches.allSatisfy { watch in
      watch.record.state == .running && watch.record.waitsFor != nil
        && MonotonicClock.seconds(from: watch.record[.waitingBegan], to: now) >= seconds
    }
  }

  private func missing(now: UInt64, _ fault: (NeighbourWatch) -> MissingRank.Fault?) -> [MissingRank] {
    watches.compactMap { watch in
      fault(watch).map { fault in
        MissingRank(
          rank: watch.rank, host: recorder.hosts[watch.rank], fault: fault,
          isStoppedBySignal: watch.life == .stopped, record: watch.record,
          seconds: MonotonicClock.seconds(from: watch.moved, to: now))
      }
    }
  }

  // MARK: - The end

  /// Tells of the missing ranks of this host and ends the process.
  private func end(missing: [MissingRank]) -> Never {
    // Lines first: the launcher may end this process before its files are written.
    let othersCount = recorder.hosts.count - missing.count
    var files: [(rank: Int, file: FlightRecordFile)] = []
    for rank in missing where rank.record.claim(.isReported) {
      let line = rank.line(toldBy: recorder.own, othersCount: othersCount)
      printOnStandardError(line)
      files.append((rank.rank, FlightRecordFile(recorder, rank: rank.rank, rank.record, finding: line)))
    }
    end(writing: files.map(\.file))
  }

  /// Tells that ranks of other hosts keep this one waiting, and ends the process.
  ///
  /// - Parameter mayLeaveItToOthers: whether to return if a host before this one among those that wait tells it.
  private func endForOthers(_ number: Int, waited: Double, mayLeaveItToOthers: Bool) {
    let others = ForeignRanks(recorder)
    if mayLeaveItToOthers, !others.isOwnHostFirst { return }
    if recorder.records[0].claim(.areOthersReported) {
      printOnStandardError(others.line(awaited: recorder.own.words(collective: number), waited: waited))
    }
    end(writing: [])
  }

  private func end(writing files: [FlightRecordFile]) -> Never {
    if let directory = options.withLock({ $0.directory }) {
      let own = FlightRecordFile(recorder, rank: recorder.rank, recorder.own, finding: nil)
      for file in files + [own] { file.write(to: directory) }
    }
    Thread.sleep(forTimeInterval: Self.graceSeconds)
    // Nobody is to tell of this rank as of one that has died.
    recorder.own.state = .ending
    _exit(ExitStatus.failure)
  }
}

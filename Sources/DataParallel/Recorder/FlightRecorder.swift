import Execution
import MPI
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What this rank says of itself, and what the ranks of its host say of themselves, in memory that they share.
///
/// A collective costs a few stores and two readings of the clock, an operation two words; there are no locks, and nothing is
/// allocated but for names.
package final class FlightRecorder: @unchecked Sendable {
  // The records are atomic; names are touched by the thread that prepares and calls.

  /// This rank's number.
  let rank: Int
  /// By rank, the name of its host.
  let hosts: [String]
  /// The ranks that share memory with this one, itself among them, in ascending order.
  let neighbours: [Int]
  /// This rank's record.
  let own: RankRecord
  /// Their records, by position in ``neighbours``.
  let records: [RankRecord]

  private let pages: SharedPages
  private var numbers: [[String]: Int] = [:]
  private var nameCount = 0
  private var hasNotedAwaited = false
  private var stepBegan: (step: Int, time: UInt64)?

  /// Makes the records of a communicator's ranks; `host` is this rank's.
  ///
  /// Every rank must call this.
  init(_ world: Communicator, host: String) throws(MPIError) {
    rank = world.rank
    hosts = try world.allGatherV(Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
    let machine = try world.splitShared()
    let pages = try SharedPages(machine, byteCount: machine.size * RankRecord.byteCount)
    self.pages = pages
    let ranks = try machine.allGather(world.rank)
    let places = pages.isShared ? Array(ranks.indices) : [machine.rank]
    neighbours = places.map { ranks[$0] }
    records = places.map { RankRecord(pages.base + $0 * RankRecord.byteCount) }
    own = RankRecord(pages.base + machine.rank * RankRecord.byteCount)
    _ = register(["something without a name"])
    own[.process] = UInt64(getpid())
    own.state = .running
    // Whoever watches finds all processes.
    try machine.barrier()
  }

  /// Says that this rank ends in order: its absence is no failure from now on.
  func leave() {
    own[.waiting] = 0
    own.state = .ended
  }

  // MARK: - A stop on request

  private static let stopWasRequested = Atomic<Bool>(false)

  /// Says that the run was asked to stop: ranks that wait for another host no longer have patience.
  ///
  /// mpirun asks so, too, after a rank has died elsewhere. To be called from anywhere, a signal's handler included.
  package static func stopRequested() { stopWasRequested.store(true, ordering: .relaxed) }

  /// Whether the run was asked to stop.
  static var isStopRequested: Bool { stopWasRequested.load(ordering: .relaxed) }

  // MARK: - What this rank is at

  /// Says what this rank is at.
  func enter(_ activity: RankActivity) {
    let (recorded, now) = (RecordedActivity(activity), MonotonicClock.now)
    if recorded.kind == .computing {
      if let stepBegan, recorded.step == stepBegan.step + 1 {
        own[.longestStep] = max(own[.longestStep], now - stepBegan.time)
      }
      stepBegan = (recorded.step, now)
    }
    own[.activity] = recorded.word
    own[.activityBegan] = now
  }

  /// The number of the first of some names, which follow each other; 0 if there is no more room for names.
  func register(_ names: [String]) -> Int {
    if let known = numbers[names] { return known }
    let first = nameCount
    for name in names {
      guard own.append(name: name) else { return 0 }
      nameCount += 1
    }
    numbers[names] = first
    return first
  }

  /// Where an executor says what it computes.
  func progress(operations: [String]) -> ProgressRecord {
    ProgressRecord(own.pointer(RankRecord.Word.position.rawValue), firstOperation: register(operations))
  }

  // MARK: - Collectives

  /// Says that this rank has given its part of a collective; returns its number.
  ///
  /// All ranks enter the same ones in the same order.
  func enter(name: Int) -> Int { own.enter(name: name, now: MonotonicClock.now) }

  /// Says that this rank waits for a collective.
  func wait(_ number: Int) {
    if hasNotedAwaited { note(awaited: []) }
    own.wait(number, now: MonotonicClock.now)
  }

  /// Leaves word of which ranks of other hosts this one waits for.
  func note(awaited ranks: [Int]) {
    own.awaited = ranks
    hasNotedAwaited = !ranks.isEmpty
  }

  /// Says that this rank waits no longer.
  func goOn() { own[.waiting] = 0 }

  /// Says that a collective is done; may be called by another thread than the others.
  func finish(_ number: Int) { own.finish(number, now: MonotonicClock.now) }

  /// Records something that all ranks do together, waiting for each other.
  func collective<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    let number = enter(name: register([name]))
    wait(number)
    defer {
      goOn()
      finish(number)
    }
    return try body()
  }
}

import Synchronization

/// A collective as a flight record tells of it.
struct RecordedCollective {
  /// How far a rank has come in it.
  enum State: String {
    /// It has given its part, and does something else.
    case entered
    /// It waits for the result.
    case waiting
    /// The result is there.
    case done
  }

  /// The words that one takes in a record.
  static let wordCount = 6

  /// The collectives that the rank had entered before, which is the same number on all ranks.
  var number: Int
  /// The number of its name.
  var name: Int
  /// What the rank was at.
  var activity: RecordedActivity
  /// When the rank entered it, by the monotonic clock.
  var entered: UInt64
  /// When the rank began to wait for it; 0 if it did not.
  var waited: UInt64
  /// When it was done; 0 if it is not.
  var done: UInt64

  /// How far the rank has come.
  var state: State { done != 0 ? .done : waited != 0 ? .waiting : .entered }
}

extension RankRecord {
  private enum Part: Int {
    case number, name, activity, entered, waited, done
  }

  private func collective(_ number: Int, _ part: Part) -> UnsafeMutablePointer<Atomic<UInt64>> {
    let place = number % Self.collectiveCount
    return pointer(Self.firstCollectiveWord + place * RecordedCollective.wordCount + part.rawValue)
  }

  /// Enters a collective; returns its number.
  func enter(name: Int, now: UInt64) -> Int {
    let number = Int(truncatingIfNeeded: self[.entered])
    func store(_ part: Part, _ value: UInt64) {
      collective(number, part).pointee.store(value, ordering: .relaxed)
    }
    store(.number, 0)
    store(.name, UInt64(name))
    store(.activity, self[.activity])
    store(.entered, now)
    store(.waited, 0)
    store(.done, 0)
    collective(number, .number).pointee.store(UInt64(number) + 1, ordering: .releasing)
    self[.entered] = UInt64(number) + 1
    return number
  }

  /// Says that the rank waits for a collective.
  func wait(_ number: Int, now: UInt64) {
    if isKept(number) { collective(number, .waited).pointee.store(now, ordering: .relaxed) }
    self[.waitingBegan] = now
    self[.waiting] = UInt64(number) + 1
  }

  /// Says that a collective is done.
  func finish(_ number: Int, now: UInt64) {
    if isKept(number) { collective(number, .done).pointee.store(now, ordering: .relaxed) }
    pointer(Word.done.rawValue).pointee.add(1, ordering: .relaxed)
  }

  private func isKept(_ number: Int) -> Bool {
    collective(number, .number).pointee.load(ordering: .acquiring) == UInt64(number) + 1
  }

  /// A collective by its number; nil if it is not there any more.
  func collective(_ number: Int) -> RecordedCollective? {
    guard isKept(number) else { return nil }
    func load(_ part: Part) -> UInt64 { collective(number, part).pointee.load(ordering: .relaxed) }
    let found = RecordedCollective(
      number: number, name: Int(truncatingIfNeeded: load(.name)),
      activity: RecordedActivity(word: load(.activity)), entered: load(.entered), waited: load(.waited),
      done: load(.done))
    return isKept(number) ? found : nil
  }

  /// The latest collectives, the oldest first.
  var collectives: [RecordedCollective] {
    let count = Int(truncatingIfNeeded: self[.entered])
    return (max(0, count - Self.collectiveCount)..<count).compactMap(collective)
  }
}

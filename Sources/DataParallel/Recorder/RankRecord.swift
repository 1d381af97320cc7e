import Execution
import Synchronization

/// The flight record of one rank: a fixed layout of words in memory that the ranks of its host share.
///
/// Its rank writes it with plain stores; the others may read it at any time, even while that rank is stopped or after it
/// has died. What does not fit together because it was read in between is off by one event.
struct RankRecord: @unchecked Sendable {
  // All words are atomic.

  /// The words before the collectives.
  enum Word: Int, CaseIterable {
    /// A ``State``.
    case state
    /// The number of its process.
    case process
    /// Grows as long as the process runs.
    case heartbeat
    /// The code of what the rank is at, and above it the step.
    case activity
    /// Since when, by the monotonic clock.
    case activityBegan
    /// What the executor computes, a ``ProgressRecord``.
    case position
    /// How many collectives the rank has entered.
    case entered
    /// How many of them were done.
    case done
    /// 1 + the number of the collective that the rank waits for; 0 if it does not wait.
    case waiting
    /// Since when it waits.
    case waitingBegan
    /// The longest step so far, in nanoseconds.
    case longestStep
    /// The bytes of the names.
    case nameByteCount
    /// 1 after a survivor has told that this rank is missing.
    case isReported
    /// 1 after this host has told that ranks of other hosts are missing; in the first rank's record.
    case areOthersReported
  }

  /// The states of a rank.
  enum State: UInt64 {
    /// Nothing is recorded yet.
    case unborn
    /// The rank runs, or has died.
    case running
    /// It has ended in order, or says itself why not.
    case ended
    /// Its watchdog has ended it because of other ranks.
    case ending
  }

  /// The collectives that are kept.
  static let collectiveCount = 256
  /// The most ranks of which a rank can say that nothing has come from them.
  static let mostRanks = 4096
  /// The bytes of a record; what the words leave is for names.
  static let byteCount = 1 << 16

  static let awaitedWord = 32
  static let firstCollectiveWord = awaitedWord + mostRanks / 64
  static let namesOffset = 8 * (firstCollectiveWord + collectiveCount * RecordedCollective.wordCount)

  private let base: UnsafeMutableRawPointer

  /// The record at an address, of ``byteCount`` bytes of zeros at first.
  init(_ base: UnsafeMutableRawPointer) {
    self.base = base
  }

  /// A word by its place.
  func pointer(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    (base + 8 * index).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// A word by its meaning.
  subscript(_ word: Word) -> UInt64 {
    get { pointer(word.rawValue).pointee.load(ordering: .acquiring) }
    nonmutating set { pointer(word.rawValue).pointee.store(newValue, ordering: .releasing) }
  }

  /// Sets a word from 0 to 1; returns whether this call did.
  func claim(_ word: Word) -> Bool {
    pointer(word.rawValue).pointee.compareExchange(
      expected: 0, desired: 1, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Whether the rank is running or has ended.
  var state: State {
    get { State(rawValue: self[.state]) ?? .unborn }
    nonmutating set { self[.state] = newValue.rawValue }
  }

  /// The number of the collective that the rank waits for; nil if it does not wait.
  var waitsFor: Int? {
    let word = self[.waiting]
    return word == 0 ? nil : Int(truncatingIfNeeded: word) - 1
  }

  // MARK: - Names

  /// Adds a name, in a line of its own; returns whether there was room.
  func append(name: String) -> Bool {
    let line = Array((name.filter { !$0.isNewline } + "\n").utf8)
    let count = Int(truncatingIfNeeded: self[.nameByteCount])
    guard Self.namesOffset + count + line.count <= Self.byteCount else { return false }
    (base + Self.namesOffset + count).copyMemory(from: line, byteCount: line.count)
    self[.nameByteCount] = UInt64(count + line.count)
    return true
  }

  /// All names, by number.
  var names: [String] {
    let room = Self.byteCount - Self.namesOffset
    let count = min(Int(truncatingIfNeeded: self[.nameByteCount]), room)
    let bytes = UnsafeRawBufferPointer(start: base + Self.namesOffset, count: count)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  // MARK: - The ranks that this one has heard nothing of

  /// The ranks that this one waits for messages of, as far as it knows.
  var awaited: [Int] {
    get {
      (0..<Self.mostRanks / 64).flatMap { index in
        let word = pointer(Self.awaitedWord + index).pointee.load(ordering: .relaxed)
        return word == 0 ? [] : (0..<64).filter { word >> UInt64($0) & 1 == 1 }.map { 64 * index + $0 }
      }
    }
    nonmutating set {
      var words = [UInt64](repeating: 0, count: Self.mostRanks / 64)
      for rank in newValue where rank < Self.mostRanks { words[rank / 64] |= 1 << UInt64(rank % 64) }
      for (index, word) in words.enumerated() {
        pointer(Self.awaitedWord + index).pointee.store(word, ordering: .relaxed)
      }
    }
  }
}

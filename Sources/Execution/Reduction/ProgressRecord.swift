public import Synchronization

/// The word in which an executor says what it computes, for whoever watches the rank.
///
/// It may lie where other processes read it, even while this one is stopped or after it has died. A change costs a load and
/// a store; no clock is read.
public struct ProgressRecord {
  /// What is done with an operation.
  public enum Part: UInt8, Sendable {
    /// Nothing: the executor is between batches.
    case nothing
    /// The samples of the batch are written; of no operation.
    case samples
    /// Its result is computed.
    case forward
    /// The moments of a batch normalization's input are computed.
    case statistics
    /// Its gradients are computed.
    case backward
  }

  private let word: UnsafeMutablePointer<Atomic<UInt64>>
  private let firstOperation: Int

  /// A record in a word that outlives it.
  ///
  /// - Parameters:
  ///   - word: what only this record writes.
  ///   - firstOperation: what is added to the numbers of operations, so that those of several executors differ.
  public init(_ word: UnsafeMutablePointer<Atomic<UInt64>>, firstOperation: Int) {
    self.word = word
    self.firstOperation = firstOperation
  }

  /// Says what is computed from now on; the word is another one each time.
  public func enter(_ part: Part, operation: Int = 0) {
    // Several threads that write samples may lose each other's counts: that there is a change is all that counts.
    let count = word.pointee.load(ordering: .relaxed) >> 32 &+ 1
    let place = UInt64(truncatingIfNeeded: firstOperation + operation) & 0xFF_FFFF
    word.pointee.store(count << 32 | place << 8 | UInt64(part.rawValue), ordering: .relaxed)
  }

  /// The part and the number of the operation that a word tells of.
  public static func decode(_ word: UInt64) -> (part: Part, operation: Int) {
    (Part(rawValue: UInt8(truncatingIfNeeded: word)) ?? .nothing, Int(word >> 8 & 0xFF_FFFF))
  }
}

import MPI

/// The place of a message that goes on while the rank does something else, used again for every batch.
final class MessageSlot {
  private let communicator: Communicator
  /// The other rank.
  let peer: Int
  private let tag: Int
  private let words: UnsafeMutableBufferPointer<Int32>
  private var request: Request?
  /// Whether the message is under way, as far as was looked.
  private(set) var isUnderWay = false

  /// Describes a message of `byteCount` bytes, whole words, to or from a rank.
  init(_ communicator: Communicator, peer: Int, tag: Int, _ memory: UnsafeMutableRawPointer, byteCount: Int) {
    (self.communicator, self.peer, self.tag) = (communicator, peer, tag)
    // Messages carry bits and do not look at them.
    words = UnsafeMutableBufferPointer(
      start: memory.assumingMemoryBound(to: Int32.self), count: byteCount / 4)
  }

  /// Starts to send what is in the memory.
  func send() throws(MPIError) {
    isUnderWay = true
    request = try communicator.startSend(UnsafeBufferPointer(words), to: peer, tag: tag)
  }

  /// Starts to receive into the memory.
  func receive() throws(MPIError) {
    isUnderWay = true
    request = try communicator.startReceive(into: words, from: peer, tag: tag)
  }

  /// Whether the message has been sent or has come; lets it go on.
  func isFinished() throws(MPIError) -> Bool {
    guard var request = request.take() else { return true }
    if try request.test() {
      isUnderWay = false
      return true
    }
    self.request = consume request
    return false
  }
}

extension [MessageSlot] {
  /// Whether all have been sent or have come.
  func areFinished() throws(MPIError) -> Bool {
    for slot in self where try !slot.isFinished() { return false }
    return true
  }
}

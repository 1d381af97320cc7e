/// How buffers that are longer than one MPI call can carry are divided.
///
/// It depends on the length alone, so all ranks divide alike.
extension Communicator {
  /// The parts of a collective's buffer.
  ///
  /// An empty buffer is one empty part, so that every rank takes part.
  func collectiveParts(of count: Int) -> some Sequence<Range<Int>> {
    let limit = elementCountPerMessage
    return stride(from: 0, to: max(count, 1), by: limit).lazy.map { $0..<min($0 + limit, count) }
  }

  /// The parts of a message.
  ///
  /// The last one is shorter than the limit, and empty if need be, so that a receiver that does not know the
  /// length sees the end.
  func messageParts(of count: Int) -> some Sequence<Range<Int>> {
    let limit = elementCountPerMessage
    return stride(from: 0, through: count, by: limit).lazy.map { $0..<min($0 + limit, count) }
  }
}

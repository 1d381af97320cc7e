import Execution

extension Ranks {
  /// The words of every rank, by rank; each rank may have another number of them.
  ///
  /// Every rank must call this.
  func allGather(_ words: [UInt64]) throws -> [[UInt64]] {
    try allGather(Self.bytes(of: words)).map(Self.words)
  }

  /// The coordinator's words, on every rank.
  ///
  /// Every rank must call this.
  func broadcast(_ words: [UInt64]) throws -> [UInt64] {
    Self.words(of: try broadcast(Self.bytes(of: words)))
  }

  private static func bytes(of words: [UInt64]) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  private static func words(of bytes: [UInt8]) -> [UInt64] {
    stride(from: 0, to: bytes.count, by: 8).map { begin in
      (0..<8).reduce(0) { $0 | UInt64(bytes[begin + $1]) << (8 * $1) }
    }
  }
}

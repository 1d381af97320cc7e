import Execution

extension Ranks {
  /// The words of every rank, by rank; each rank may have another number of them.
  ///
  /// Every rank must call this.
  func allGather(_ words: [UInt64]) throws -> [[UInt64]] {
    let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    return try allGather(bytes).map { bytes in
      stride(from: 0, to: bytes.count, by: 8).map { begin in
        (0..<8).reduce(0) { $0 | UInt64(bytes[begin + $1]) << (8 * $1) }
      }
    }
  }
}

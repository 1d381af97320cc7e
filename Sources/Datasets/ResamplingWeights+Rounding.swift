extension ResamplingWeights {
  /// One half in the units of a weighted sum; sums start with it so that dropping the fraction rounds them.
  static let half: Int32 = 1 << (fractionBitCount - 1)

  /// The byte nearest to a weighted sum that started with `half`.
  ///
  /// Weights are not negative, so only the upper limit needs clipping: rounded weights may add up to a little
  /// over one.
  @inline(__always)
  static func byte(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(sum >> fractionBitCount, 255))
  }

  /// Calls `body` with the tables' memory, whose bounds the inner loops then need not check.
  @inline(__always)
  func withPointers(
    _ body: (
      _ starts: UnsafePointer<Int>, _ counts: UnsafePointer<Int>, _ weights: UnsafePointer<Int32>
    ) -> Void
  ) {
    starts.withUnsafeBufferPointer { starts in
      counts.withUnsafeBufferPointer { counts in
        weights.withUnsafeBufferPointer { weights in
          guard let starts = starts.baseAddress, let counts = counts.baseAddress,
            let weights = weights.baseAddress
          else { return }
          body(starts, counts, weights)
        }
      }
    }
  }
}

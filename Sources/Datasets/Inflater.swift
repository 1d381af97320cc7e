import CZlib

/// zlib's decompression of raw deflate data, as they lie in zip files (RFC 1951).
struct Inflater: ~Copyable {
  /// zlib keeps a pointer to its state: it must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Begins a stream; nil without memory for it.
  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// What came of a call.
  enum Progress { case goesOn, ended, damaged }

  /// Decompresses some bytes.
  ///
  /// - Parameters:
  ///   - input: what is there to decompress; at most 2³² − 1 bytes are looked at.
  ///   - output: where to write; at most 2³² − 1 bytes are written.
  /// - Returns: how many bytes were taken and written, and whether the data ended with them.
  func inflate(
    _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (taken: Int, written: Int, progress: Progress) {
    let (inputCount, outputCount) = (UInt32(clamping: input.count), UInt32(clamping: output.count))
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = inputCount
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = outputCount
    let status = CZlib.inflate(stream, Z_NO_FLUSH)
    let taken = Int(inputCount - stream.pointee.avail_in)
    let written = Int(outputCount - stream.pointee.avail_out)
    let progress: Progress =
      switch status {
      case Z_STREAM_END: .ended
      // Nothing to do is no damage: more input or more room is needed.
      case Z_OK, Z_BUF_ERROR: .goesOn
      default: .damaged
      }
    return (taken, written, progress)
  }
}

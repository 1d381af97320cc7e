import CZlib
import Foundation

/// The bytes of a file, decompressed if the file is gzipped, which zlib tells by its first two bytes.
struct GzipInput: ~Copyable {
  private let file: gzFile
  private let path: String

  /// Opens a file for reading from its first byte.
  init(path: String) throws(DatasetError) {
    errno = 0
    guard let file = gzopen(path, "rb") else {
      // zlib leaves errno alone when memory is what it lacked.
      throw .unreadable(file: path, reason: errno == 0 ? "out of memory" : String(cString: strerror(errno)))
    }
    gzbuffer(file, 1 << 17)
    self.file = file
    self.path = path
  }

  deinit {
    gzclose_r(file)
  }

  /// Reads the next `byteCount` bytes, or as many as there are before the end of the file.
  mutating func read(_ byteCount: Int) throws(DatasetError) -> [UInt8] {
    var bytes: [UInt8] = []
    // The count comes from a header that may be wrong: grow with what is really there.
    var chunk = [UInt8](repeating: 0, count: min(byteCount, 1 << 20))
    bytes.reserveCapacity(min(byteCount, 1 << 26))
    while bytes.count < byteCount {
      let readCount = gzread(file, &chunk, UInt32(min(byteCount - bytes.count, chunk.count)))
      guard readCount > 0 else { break }
      bytes.append(contentsOf: chunk[..<Int(readCount)])
    }
    try check()
    return bytes
  }

  /// Throws what went wrong in the reads so far.
  private func check() throws(DatasetError) {
    var code: Int32 = Z_OK
    let text = gzerror(file, &code)
    switch code {
    case Z_OK, Z_STREAM_END:
      return
    case Z_ERRNO:
      throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    case Z_BUF_ERROR:
      throw .corruptGzip(file: path, reason: "it ends early")
    default:
      // zlib puts the path before its own words, and so do our errors.
      let reason = text.map { String(cString: $0) } ?? "zlib error \(code)"
      let prefix = path + ": "
      throw .corruptGzip(
        file: path, reason: reason.hasPrefix(prefix) ? String(reason.dropFirst(prefix.count)) : reason)
    }
  }
}

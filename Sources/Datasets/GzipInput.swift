import CZlib
import Foundation
import Inputs

/// The bytes of a file, decompressed if the file is gzipped, which zlib tells by its first two bytes.
///
/// What comes out of a small file may be more than any memory holds: what is read is bounded by what the file can hold,
/// by the memory there is, and by a ratio that no data have (``largestRatio``).
struct GzipInput: ~Copyable {
  private let file: gzFile
  private let path: String
  /// The size of the file itself.
  private let fileByteCount: Int
  /// The bytes that were read so far, decompressed.
  private var position = 0
  /// Where reading must end.
  private let limit: Int

  /// The most that gzip can make of a byte, 1032 in the longest run of equal ones (RFC 1951, section 3.2.5).
  static let possibleRatio = 1032
  /// The most that is made of a byte, beyond the first ``freeByteCount``.
  ///
  /// Images compress to a third or a tenth; only long runs of equal bytes reach a two hundredth.
  static let largestRatio = 200
  /// The bytes that are always taken.
  static let freeByteCount = 64 << 20

  /// Opens a file for reading from its first byte.
  ///
  init(path: String) throws(DatasetError) {
    if let kind = FileKind(ofPath: path), !kind.isRegularFile {
      throw .otherKind(file: path, kind: kind.description, expected: "a file of the data set")
    }
    errno = 0
    guard let file = gzopen(path, "rb") else {
      // zlib leaves errno alone when memory is what it lacked.
      throw .unreadable(file: path, reason: errno == 0 ? "out of memory" : String(cString: strerror(errno)))
    }
    gzbuffer(file, 1 << 17)
    self.file = file
    self.path = path
    var status = stat()
    fileByteCount = stat(path, &status) == 0 ? Int(status.st_size) : 0
    let ratioLimit = max(Self.freeByteCount, fileByteCount.multipliedSaturating(by: Self.largestRatio))
    // Nobody needs to ask what little a small file can hold.
    let mayBeLarge = fileByteCount > Self.freeByteCount / Self.possibleRatio
    limit = min(ratioLimit, mayBeLarge ? FreeMemory.byteCount() ?? .max : .max)
  }

  deinit {
    gzclose_r(file)
  }

  /// Requires that so many bytes may come.
  ///
  /// - Parameter byteCount: what a header announces.
  /// - Throws: `DatasetError` if the file cannot hold so many, or they are more than may be read.
  func requireRoom(for byteCount: Int) throws(DatasetError) {
    guard byteCount <= fileByteCount.multipliedSaturating(by: Self.possibleRatio) else {
      throw .announcesTooMuch(file: path, byteCount: byteCount, fileByteCount: fileByteCount)
    }
    guard byteCount <= limit - position else { throw tooLarge }
  }

  private var tooLarge: DatasetError { .tooLarge(file: path, fileByteCount: fileByteCount, limit: limit) }

  /// Reads the next `byteCount` bytes, or as many as there are before the end of the file.
  mutating func read(_ byteCount: Int) throws(DatasetError) -> [UInt8] {
    var bytes: [UInt8] = []
    // The count comes from a header that may be wrong: grow with what is really there.
    var chunk = [UInt8](repeating: 0, count: min(byteCount, 1 << 16))
    bytes.reserveCapacity(min(byteCount, 1 << 26, fileByteCount))
    while bytes.count < byteCount {
      let readCount = gzread(file, &chunk, UInt32(min(byteCount - bytes.count, chunk.count)))
      guard readCount > 0 else { break }
      position += Int(readCount)
      guard position <= limit else { throw tooLarge }
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

extension Int {
  /// The product of two numbers that are not negative, or the largest number.
  fileprivate func multipliedSaturating(by factor: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: factor)
    return overflows ? .max : product
  }
}

import Foundation
import Inputs

/// A regular file whose bytes are read at any place.
final class RandomAccessFile {
  /// The path, for messages.
  let path: String
  /// The size when it was opened.
  let byteCount: Int
  private let descriptor: Int32

  /// Opens a file for reading.
  ///
  /// - Throws: `DatasetError` if it cannot be read, or is no file of bytes.
  init(path: String) throws(DatasetError) {
    if let kind = FileKind(ofPath: path), !kind.isRegularFile {
      throw .otherKind(file: path, kind: kind.description, expected: "a file of the data set")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
    var status = stat()
    byteCount = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    (self.path, self.descriptor) = (path, descriptor)
  }

  deinit { close(descriptor) }

  /// Reads into memory until it is full or the file ends.
  ///
  /// - Returns: the number of bytes that were read.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
      guard count > 0 else { break }
      filled += count
    }
    return filled
  }

  /// The bytes from `offset` on, `count` or as many as there are before the end of the file.
  func bytes(at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
    let count = max(0, min(count, byteCount - offset))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { buffer.deallocate() }
    return Array(buffer[..<(try read(at: offset, into: buffer))])
  }
}

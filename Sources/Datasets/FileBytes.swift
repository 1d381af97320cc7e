import Foundation
import Inputs

/// The bytes of whole files.
enum FileBytes {
  /// More bytes than an image file has: what is larger is something else.
  static let largestByteCount = 1 << 30

  /// Reads a file.
  ///
  /// - Throws: `DatasetError` if it is no regular file, too large, or cannot be read.
  static func read(_ path: String) throws(DatasetError) -> [UInt8] {
    // A pipe would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .otherKind(
        file: path, kind: FileKind(ofPath: path)?.description ?? "no file", expected: "a file of the data set"
      )
    }
    let size = Int(status.st_size)
    guard size <= largestByteCount else {
      throw .tooLarge(file: path, fileByteCount: size, limit: largestByteCount)
    }
    var failure: DatasetError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let read = Foundation.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if read < 0, errno == EINTR { continue }
        if read < 0 { failure = unreadable(path) }
        // A file that has become shorter is found by its decoder.
        guard read > 0 else { break }
        count += read
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private static func unreadable(_ path: String) -> DatasetError {
    .unreadable(file: path, reason: String(cString: strerror(errno)))
  }
}

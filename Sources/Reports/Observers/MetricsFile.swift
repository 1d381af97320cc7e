public import Mistakes
package import Records
import Safetensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file to which one JSON object a line is appended; each line is handed to the system at once.
///
/// A reader that follows the file, or finds it after a crash, sees whole lines, of which at most the last is cut. A line
/// that cannot be written whole, on a full disk, is not written at all.
package final class MetricsFile {
  private let descriptor: Int32
  private let path: String

  /// Opens a file, new or emptied.
  ///
  /// - Parameter followsLinks: whether the path may be a link, as one that the user typed; in an output directory it
  ///   would lead out of it.
  /// - Throws: `ReportError` with the system's reason.
  package convenience init(creating path: String, followsLinks: Bool = false) throws(ReportError) {
    try self.init(opening: path, O_TRUNC, followsLinks: followsLinks)
  }

  private init(opening path: String, _ flags: CInt, followsLinks: Bool) throws(ReportError) {
    self.path = path
    let flags = flags | O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW)
    descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else {
      let isLink = errno == ELOOP && !followsLinks
      throw ReportError(
        path: path,
        reason: isLink ? "it is a link, which may lead elsewhere; remove it" : Self.systemReason)
    }
  }

  /// Puts a text in the place of a file, whole or not at all, and opens it for more.
  ///
  /// - Throws: `ReportError` or `TensorFileError` with the system's reason.
  package convenience init(replacing path: String, with text: String) throws {
    try ReplacementFile.write(Array(text.utf8), to: path)
    try self.init(opening: path, 0, followsLinks: false)
  }

  deinit {
    close(descriptor)
  }

  /// Appends an object whose first member is the name of the event.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  package func write(event: String, _ members: [(key: String, value: JSON)]) throws(ReportError) {
    try write([("event", .text(event))] + members)
  }

  /// Appends an object.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  package func write(_ members: [(key: String, value: JSON)]) throws(ReportError) {
    let object = JSON.object(members)
    let line = Array("\(object)\n".utf8)
    var writtenCount = 0
    while writtenCount < line.count {
      let count = line.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[writtenCount...])
        return FileWriting.write(descriptor, rest.baseAddress, rest.count)
      }
      guard count >= 0 else {
        if errno == EINTR { continue }
        let reason = Self.systemReason
        removeLast(writtenCount)
        throw ReportError(path: path, reason: reason)
      }
      writtenCount += count
    }
  }

  /// Brings all lines to the disk, and sees that they can be found there.
  ///
  /// - Throws: `ReportError` with the system's reason, or if the file has been removed.
  package func synchronize() throws(ReportError) {
    // Pipes and devices cannot be synchronized, and need not be.
    guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, EROFS].contains(errno) else {
      throw ReportError(path: path, reason: Self.systemReason)
    }
    var (named, opened) = (stat(), stat())
    guard stat(path, &named) == 0, fstat(descriptor, &opened) == 0 else {
      throw ReportError(path: path, reason: Self.systemReason)
    }
    guard named.st_ino == opened.st_ino, named.st_dev == opened.st_dev else {
      throw ReportError(path: path, reason: "another file has taken its place")
    }
  }

  /// Takes back the beginning of a line.
  private func removeLast(_ count: Int) {
    var status = stat()
    guard count > 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    _ = ftruncate(descriptor, status.st_size - off_t(count))
  }

  private static var systemReason: String { String(cString: strerror(errno)) }
}

/// A report could not be written.
public struct ReportError: UserError {
  /// The file.
  public let path: String
  /// The system's reason.
  public let reason: String

  /// One line: the file and the reason.
  public var description: String { "\(path): cannot be written: \(reason)" }
}

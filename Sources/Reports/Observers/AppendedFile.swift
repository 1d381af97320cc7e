public import Mistakes
import Safetensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file to which pieces are appended, each handed to the system at once; one that cannot be written whole, on a full disk,
/// is not written at all.
package final class AppendedFile {
  /// Where it lies.
  package let path: String
  private let descriptor: Int32

  /// How a file is opened.
  package enum Mode {
    /// New or emptied; whether the path may be a link, as one that the user typed: in an output directory it would lead out.
    case emptied(followsLinks: Bool)
    /// New; it is an error if there is one.
    case new
    /// As it is.
    case continued
  }

  /// Opens a file.
  ///
  /// - Throws: `ReportError` with the system's reason.
  package init(_ path: String, _ mode: Mode) throws(ReportError) {
    self.path = path
    var flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
    var followsLinks = false
    switch mode {
    case .emptied(let follows):
      flags |= O_TRUNC
      followsLinks = follows
    case .new: flags |= O_EXCL
    case .continued: break
    }
    if !followsLinks { flags |= O_NOFOLLOW }
    descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else {
      let isLink = errno == ELOOP && !followsLinks
      throw ReportError(
        path: path,
        reason: isLink ? "it is a link, which may lead elsewhere; remove it" : Self.systemReason)
    }
  }

  deinit {
    close(descriptor)
  }

  /// Appends bytes.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  package func write(_ bytes: [UInt8]) throws(ReportError) {
    var writtenCount = 0
    while writtenCount < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
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

  /// Brings all to the disk, and sees that it can be found there.
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

  /// Takes back the beginning of a piece.
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

import DataParallel
import Foundation
import Mistakes

/// The sole right to write into a directory: a lock of the system on its file `.lock`, which tells who holds it.
///
/// The system releases it when the process ends, however that is; a file that is left behind holds nobody up.
final class DirectoryLock {
  /// The name of the file in the directory.
  static let fileName = ".lock"

  private let path: String
  private let descriptor: CInt

  /// Takes the lock of a directory, without waiting for it.
  ///
  /// - Throws: `UserMistake`, which tells who holds the lock, or why there cannot be one.
  init(directory: String) throws(UserMistake) {
    path = "\(directory)/\(Self.fileName)"
    while true {
      let descriptor = try Self.open(path)
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let reason = errno
        if reason == EINTR || reason == EWOULDBLOCK {
          defer { close(descriptor) }
          if reason == EINTR { continue }
          throw Self.heldByAnother(directory, descriptor)
        }
        guard [ENOSYS, ENOLCK, EOPNOTSUPP].contains(reason) else {
          close(descriptor)
          throw UserMistake("\(path): cannot be locked: \(String(cString: strerror(reason)))")
        }
        printOnStandardError(
          "warning: \(directory): its file system has no locks; see to it that no other run writes there")
      }
      // Its holder may have removed the file between our two calls: the lock of a file without a name is nobody's.
      if Self.names(path, descriptor) {
        self.descriptor = descriptor
        break
      }
      close(descriptor)
    }
    tell()
  }

  /// Gives the lock back; the file goes with it.
  deinit {
    // Only our own: the directory may have been moved, and another be there.
    if Self.names(path, descriptor) { unlink(path) }
    close(descriptor)
  }

  /// Opens the file, which must be a plain one: no link, which may lead elsewhere, and nothing that could wait.
  private static func open(_ path: String) throws(UserMistake) -> CInt {
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let reason = errno == ELOOP ? "it is a link" : String(cString: strerror(errno))
      throw UserMistake("\(path): cannot be made: \(reason)")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw UserMistake("\(path): is no plain file; remove it")
    }
    return descriptor
  }

  /// Whether a path is the name of an open file.
  private static func names(_ path: String, _ descriptor: CInt) -> Bool {
    var (named, opened) = (stat(), stat())
    return lstat(path, &named) == 0 && fstat(descriptor, &opened) == 0 && named.st_ino == opened.st_ino
      && named.st_dev == opened.st_dev
  }

  /// Writes down who holds the lock, for those who come later.
  private func tell() {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let text = Array("process \(getpid()) on \(name) since \(Date().formatted(.iso8601))\n".utf8)
    // On a full disk the lock holds all the same.
    _ = ftruncate(descriptor, 0)
    _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  private static func heldByAnother(_ directory: String, _ descriptor: CInt) -> UserMistake {
    var holder = "another process"
    // Between its lock and its line a holder needs a moment.
    for _ in 0..<20 {
      usleep(10_000)
      var bytes = [UInt8](repeating: 0, count: 512)
      let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
      let line = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      if let end = line.firstIndex(of: "\n") {
        holder = String(line[..<end].filter { !$0.isNewline && $0.asciiValue.map { $0 >= 32 } ?? true })
        break
      }
    }
    return UserMistake(
      "\(directory): is written to by another run (\(holder)); wait for its end, or give another --output")
  }
}

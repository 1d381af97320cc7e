public import Mistakes
package import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file to which one JSON object a line is appended; each line is handed to the system at once.
///
/// A reader that follows the file, or finds it after a crash, sees whole lines, of which at most the last is cut.
package final class MetricsFile {
  private let descriptor: Int32
  private let path: String

  /// Opens a file, new or emptied.
  ///
  /// - Throws: `ReportError` with the system's reason.
  package init(creating path: String) throws(ReportError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw ReportError(path: path, reason: String(cString: strerror(errno))) }
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
    var bytes = Array("\(object)\n".utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { SystemCall.write(descriptor, $0) }
      guard count >= 0 else {
        if errno == EINTR { continue }
        throw ReportError(path: path, reason: String(cString: strerror(errno)))
      }
      bytes = bytes.dropFirst(count)
    }
  }
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

/// The system's `write`, whose name the method above hides.
private enum SystemCall {
  static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}

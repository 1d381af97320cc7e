#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a program speaks to its user: the one place that writes to standard output and standard error.
package enum StandardStream: CInt, Sendable {
  /// Standard output.
  case output = 1
  /// Standard error.
  case errors = 2

  /// Writes a line, in one piece and handed on at once: pipes and mpirun would hold it back otherwise.
  ///
  /// - Parameter terminator: what follows the line.
  /// - Throws: `StandardStreamError` if the stream is full or closed.
  package func write(_ line: String, terminator: String = "\n") throws(StandardStreamError) {
    let bytes = Array((line + terminator).utf8)
    var writtenCount = 0
    while writtenCount < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[writtenCount...])
        return systemWrite(rawValue, rest.baseAddress, rest.count)
      }
      if count >= 0 {
        writtenCount += count
      } else if errno == EAGAIN {
        // Another program has made the pipe or terminal, which it shares with us, one that does not wait.
        var descriptor = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        _ = poll(&descriptor, 1, -1)
      } else if errno != EINTR {
        throw StandardStreamError(stream: self, code: errno)
      }
    }
  }

  /// Makes writing to the streams, and to files, say what is wrong in place of ending the process; to be called first of all.
  ///
  /// A closed pipe and a file that may not grow any more are errors of `write`, no signals. A stream that is closed is
  /// taken by a device that refuses to be written to: the next file that is opened would become it otherwise, and the
  /// lines for the user would stand in it.
  package static func makeFailuresErrors() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for descriptor in 0...StandardStream.errors.rawValue where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free is this one.
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }
}

/// A standard stream could not be written to.
package struct StandardStreamError: Error, CustomStringConvertible {
  /// The status of a program that a closed pipe ends, as shells tell it: 128 and the signal's number.
  package static let closedPipeStatus: CInt = 128 + SIGPIPE

  /// The stream.
  package let stream: StandardStream
  /// The system's number of the reason.
  package let code: CInt

  /// Whether the reader has gone, as `head` does that has seen enough: nothing to complain of.
  package var isClosedPipe: Bool { code == EPIPE }

  /// One line: the stream and the reason.
  package var description: String {
    let name = stream == .output ? "standard output" : "standard error"
    let reason = code == EBADF ? "it is closed" : String(cString: strerror(code))
    return "\(name): cannot be written: \(reason)"
  }
}

/// The system's `write`, whose name the method above hides.
private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

import Foundation
package import Synchronization

/// The most bytes that one call of `read` or `write` may be asked to move; macOS refuses more than 2³¹ − 1.
let largestTransferByteCount = 1 << 30

/// The system's own text for why the last call failed.
func systemReason() -> String {
  String(cString: strerror(errno))
}

/// The system's `write` to files, which a drill can let fail.
package enum FileWriting {
  /// Whether this process finds every disk full: only a drill sets it.
  package static let isDiskFull = Atomic(false)

  /// Writes bytes; the result is that of the system, and so is `errno`.
  package static func write(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    guard !isDiskFull.load(ordering: .relaxed) else {
      errno = ENOSPC
      return -1
    }
    return Foundation.write(descriptor, bytes, count)
  }
}

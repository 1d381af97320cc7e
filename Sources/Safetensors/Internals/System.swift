import Foundation

/// The most bytes that one call of `read` or `write` may be asked to move; macOS refuses more than 2³¹ − 1.
let largestTransferByteCount = 1 << 30

/// The system's own text for why the last call failed.
func systemReason() -> String {
  String(cString: strerror(errno))
}

import Foundation

/// The network connections of this process to other hosts, for drills.
package enum OtherHosts {
  /// More open files than this no rank has.
  private static let mostDescriptors: CInt = 4096

  /// The descriptors of sockets whose other end has another address.
  package static var connections: [CInt] {
    (0..<mostDescriptors).filter { descriptor in
      guard let own = address(descriptor, getsockname), let other = address(descriptor, getpeername) else {
        return false
      }
      return own != other
    }
  }

  /// Closes all of them in both directions.
  package static func cut() {
    for descriptor in connections { shutdown(descriptor, CInt(SHUT_RDWR)) }
  }

  /// The bytes of an end's internet address; nil for what is no such connection.
  private static func address(
    _ descriptor: CInt,
    _ get: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
  ) -> [UInt8]? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { storage in
      let raw = UnsafeMutableRawPointer(storage)
      guard get(descriptor, raw.assumingMemoryBound(to: sockaddr.self), &length) == 0 else { return nil }
      switch CInt(storage.pointee.ss_family) {
      case AF_INET:
        return withUnsafeBytes(of: raw.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_addr) {
          Array($0)
        }
      case AF_INET6:
        return withUnsafeBytes(of: raw.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_addr) {
          Array($0)
        }
      default: return nil
      }
    }
  }
}

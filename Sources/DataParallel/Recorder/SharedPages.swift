import MPI
import Mistakes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that the ranks of a host share, without a name that could stay behind when they die.
///
/// An MPI window would have to be freed by all ranks together, and each new one costs a round of messages: flight records
/// are for the time when ranks do not come together any more.
final class SharedPages: @unchecked Sendable {
  // What lies in the memory is atomic.

  /// The first byte.
  let base: UnsafeMutableRawPointer
  /// Whether the other ranks of the host see the memory; otherwise there was no room, and it is this rank's own.
  let isShared: Bool
  private let byteCount: Int

  /// Makes `byteCount` bytes of zeros.
  ///
  /// Every rank of the host must call this with the same count.
  init(_ host: Communicator, byteCount: Int) throws(MPIError) {
    self.byteCount = byteCount
    let file = host.rank == 0 ? UnnamedFile(byteCount: byteCount) : nil
    let path = try host.broadcast(file?.path ?? "", root: 0)
    let identity = try host.broadcast(file?.identity ?? [0, 0], root: 0)
    let descriptor = path.isEmpty ? -1 : open(path, O_RDWR | O_CLOEXEC)
    var shared: UnsafeMutableRawPointer?
    // In a container with processes of its own the path would lead to something else.
    if descriptor >= 0, UnnamedFile.identity(of: descriptor) == identity {
      shared = Self.map(byteCount, MAP_SHARED, descriptor)
    }
    let isShared = try host.allReduce(shared == nil ? 0 : 1, .minimum) == 1
    // All have opened it, or nobody needs it.
    file?.close()
    if descriptor >= 0 { close(descriptor) }
    self.isShared = isShared
    if isShared, let shared {
      base = shared
    } else {
      if let shared { munmap(shared, byteCount) }
      guard let own = Self.map(byteCount, MAP_PRIVATE | anonymous, -1) else {
        unreachable("the system has no \(byteCount) bytes of memory")
      }
      base = own
    }
  }

  deinit { munmap(base, byteCount) }

  private static func map(_ byteCount: Int, _ flags: Int32, _ descriptor: Int32) -> UnsafeMutableRawPointer? {
    let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, descriptor, 0)
    return memory == MAP_FAILED ? nil : memory
  }
}

/// A file for shared memory that has no name, or loses it at once.
private struct UnnamedFile {
  /// Where other processes of this user open it as long as it is not closed.
  let path: String
  private let descriptor: Int32
  private let isNamed: Bool

  /// Makes the file; nil if there is no room.
  init?(byteCount: Int) {
    #if os(Linux)
      // O_TMPFILE, whose value Swift does not import.
      let withoutName: Int32 = 0o20_000_000
      descriptor = open("/dev/shm", O_RDWR | O_DIRECTORY | O_CLOEXEC | withoutName, 0o600)
      guard descriptor >= 0 else { return nil }
      path = "/proc/\(getpid())/fd/\(descriptor)"
      isNamed = false
      // Whoever touches pages for which there is no room later dies of SIGBUS.
      guard posix_fallocate(descriptor, 0, byteCount) == 0 else {
        Glibc.close(descriptor)
        return nil
      }
    #else
      var name = Array("/tmp/lockstep-XXXXXX".utf8CString)
      descriptor = mkstemp(&name)
      guard descriptor >= 0 else { return nil }
      path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      isNamed = true
      guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
        unlink(path)
        Darwin.close(descriptor)
        return nil
      }
    #endif
  }

  /// What no other file has: its device and its number there.
  var identity: [Int] { Self.identity(of: descriptor) }

  static func identity(of descriptor: Int32) -> [Int] {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return [] }
    return [Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino)]
  }

  func close() {
    if isNamed { unlink(path) }
    #if os(Linux)
      _ = Glibc.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
  }
}

#if canImport(Darwin)
  private let anonymous = MAP_ANON
#else
  private let anonymous = MAP_ANONYMOUS
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether a process of this host lives.
enum ProcessLife: Hashable {
  /// It runs, sleeps or waits.
  case running
  /// A signal has stopped it, or a debugger holds it.
  case stopped
  /// There is no such process, or nothing of it but its status.
  case dead

  /// How a process is; what cannot be found out counts as running.
  init(process: pid_t) {
    if kill(process, 0) != 0 {
      self = errno == ESRCH ? .dead : .running
      return
    }
    switch Self.letter(process) {
    case UInt8(ascii: "Z"), UInt8(ascii: "X"): self = .dead
    case UInt8(ascii: "T"), UInt8(ascii: "t"): self = .stopped
    default: self = .running
    }
  }

  /// The state in /proc: the letter after the program's name, which stands in parentheses.
  private static func letter(_ process: pid_t) -> UInt8? {
    let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { memory in
      let count = read(descriptor, memory.baseAddress, memory.count)
      guard count > 0, let end = memory[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else {
        return nil
      }
      return memory[end + 2]
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The clock of flight records: the same for all processes of a host, and never set back.
enum MonotonicClock {
  /// The nanoseconds since some moment.
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// The seconds from one moment to a later one; 0 if it is not later.
  static func seconds(from begin: UInt64, to end: UInt64) -> Double {
    end > begin ? Double(end - begin) * 1e-9 : 0
  }
}

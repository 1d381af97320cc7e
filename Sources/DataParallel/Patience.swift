#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How somebody waits for another rank: awake as long as it may, then letting others run.
struct Patience {
  /// Some tens of microseconds.
  private static let spinCount = 10_000

  private let sharesCores: Bool
  private var spins = 0

  /// Begins to wait; `sharesCores` says that the other may need this core.
  init(sharesCores: Bool) {
    self.sharesCores = sharesCores
  }

  /// Waits a moment.
  mutating func wait() {
    spins += 1
    if sharesCores || spins > Self.spinCount { sched_yield() }
  }
}

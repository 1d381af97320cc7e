#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How somebody waits for another rank: awake as long as it may, then letting others run.
struct Patience {
  /// Some tens of microseconds.
  private static let spinCount = 10_000

  /// How often somebody waits before a first look for whom.
  private static let firstLookCount = 1 << 12

  private let sharesCores: Bool
  private var spins = 0

  /// Begins to wait; `sharesCores` says that the other may need this core.
  init(sharesCores: Bool) {
    self.sharesCores = sharesCores
  }

  /// Whether it is time to look for whom: in a long wait, each time that it has become twice as long.
  var isTimeToLook: Bool { spins >= Self.firstLookCount && spins & (spins - 1) == 0 }

  /// Waits a moment.
  mutating func wait() {
    spins += 1
    if sharesCores || spins > Self.spinCount { sched_yield() }
  }
}

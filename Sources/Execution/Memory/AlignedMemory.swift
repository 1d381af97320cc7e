#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A run of zeroed memory with one owner, aligned for the widest vectors and freed with its owner.
public final class AlignedMemory {
  /// Every buffer begins at a multiple of this: a cache line, which oneDNN's kernels need.
  public static let alignment = 64

  /// The first byte.
  public let base: UnsafeMutableRawPointer
  /// The size in bytes.
  public let byteCount: Int

  /// Allocates `byteCount` bytes of zeros.
  public init(byteCount: Int) {
    self.byteCount = byteCount
    // Large pages spare the many misses of the translation buffer in arenas of hundreds of megabytes.
    let isLarge = byteCount >= 4 << 20
    let alignment = isLarge ? 2 << 20 : Self.alignment
    base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: alignment)
    #if os(Linux)
      if isLarge { madvise(base, byteCount, MADV_HUGEPAGE) }
    #endif
    memset(base, 0, byteCount)
  }

  deinit {
    base.deallocate()
  }

  /// `count` rounded up to a multiple of the alignment.
  public static func padded(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) / alignment * alignment
  }
}

import COpenMPI
import Mistakes

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Memory that all ranks of one host read and write directly, each rank owning a part.
///
/// ```swift
/// let host = try world.splitShared()
/// let window = try SharedWindow(host, byteCount: 1 << 20)
/// let neighbour = window.part(of: (host.rank + 1) % host.size)
/// ```
///
/// The library orders nothing here: what one rank writes another sees once both have synchronized, for which atomic
/// operations on words of the window serve.
///
/// Freeing is collective, and would wait for ever in a rank that an error takes out of its way. So a window is not freed
/// with its last reference but by ``free()``, or when MPI ends.
public final class SharedWindow {
  private let window: MPI_Win
  private let communicator: Communicator
  private let parts: [UnsafeMutableRawBufferPointer]

  /// Every part begins at a multiple of this many bytes, a cache line.
  public static let alignment = 64

  /// Allocates `byteCount` bytes of zeros for this rank.
  ///
  /// Every rank must call this; the sizes may differ. The ranks must be on one host, as those of
  /// ``Communicator/splitShared()`` are.
  ///
  /// - Parameters:
  ///   - communicator: the ranks of one host.
  ///   - byteCount: the size of this rank's part, which may be 0.
  /// - Throws: ``MPIError`` if the library finds no memory, or the ranks are on several hosts.
  ///
  /// The corresponding MPI functions are `MPI_Win_allocate_shared`, `MPI_Win_shared_query` and `MPI_Win_lock_all`.
  public init(_ communicator: Communicator, byteCount: Int) throws(MPIError) {
    var info: MPI_Info?
    try check(MPI_Info_create(&info), in: "MPI_Info_create")
    defer { MPI_Info_free(&info) }
    // Otherwise the parts lie back to back, wherever the one before ends.
    try check(MPI_Info_set(info, "alloc_shared_noncontig", "true"), in: "MPI_Info_set")
    var base: UnsafeMutableRawPointer?
    var window: MPI_Win?
    try check(
      MPI_Win_allocate_shared(byteCount + Self.alignment, 1, info, communicator.handle, &base, &window),
      in: "MPI_Win_allocate_shared")
    guard let window else {
      throw MPIError(.other, in: "MPI_Win_allocate_shared", "the library returned no window")
    }
    self.window = window
    self.communicator = communicator
    // The library gives a single rank memory as it comes. Nobody reads before all have come to the next call.
    base?.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount + Self.alignment)
    // The library rounds sizes up to pages.
    let sizes = try communicator.allGather(byteCount)
    var parts: [UnsafeMutableRawBufferPointer] = []
    for (rank, size) in sizes.enumerated() {
      var storedSize: MPI_Aint = 0
      var unit: Int32 = 0
      var start: UnsafeMutableRawPointer?
      try check(
        MPI_Win_shared_query(window, Int32(rank), &storedSize, &unit, &start), in: "MPI_Win_shared_query")
      // The library's own header stands before the part, so that its begin is aligned for words only. The memory is
      // mapped at a page in each process: the place of the aligned begin is the same for all.
      parts.append(
        UnsafeMutableRawBufferPointer(
          start: start?.alignedUp(toMultipleOf: Self.alignment), count: size))
    }
    self.parts = parts
    try check(MPI_Win_lock_all(MPI_MODE_NOCHECK, window), in: "MPI_Win_lock_all")
  }

  /// Gives the memory back; nobody may touch it any more.
  ///
  /// Every rank must call this.
  ///
  /// The corresponding MPI functions are `MPI_Win_unlock_all` and `MPI_Win_free`.
  public consuming func free() throws(MPIError) {
    var window: MPI_Win? = window
    try check(MPI_Win_unlock_all(window), in: "MPI_Win_unlock_all")
    try check(MPI_Win_free(&window), in: "MPI_Win_free")
  }

  /// The bytes of shared memory that this host has left for windows; nil if the system does not tell.
  ///
  /// A window that is larger is made nevertheless, and whoever touches what is not there dies of SIGBUS: ask first.
  /// Open MPI puts windows into `/dev/shm` on Linux, which containers often keep to 64 MiB.
  public static var availableByteCount: Int? {
    #if os(Linux)
      var status = statvfs()
      guard statvfs("/dev/shm", &status) == 0 else { return nil }
      return Int(status.f_bavail) * Int(status.f_frsize)
    #else
      return nil
    #endif
  }

  /// The part of a rank, this one's or another's, at its address in this process.
  ///
  /// The corresponding MPI function is `MPI_Win_shared_query`.
  public func part(of rank: Int) -> UnsafeMutableRawBufferPointer {
    require(parts.indices.contains(rank), "rank \(rank) of \(parts.count)")
    return parts[rank]
  }
}

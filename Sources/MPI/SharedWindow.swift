import COpenMPI

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
/// Freeing is collective: let go of the window at the same point of the program on every rank.
public final class SharedWindow {
  private let window: MPI_Win
  private let communicator: Communicator
  private let parts: [UnsafeMutableRawBufferPointer]

  /// Allocates `byteCount` bytes of zeros for this rank, at a multiple of a memory page.
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
      MPI_Win_allocate_shared(byteCount, 1, info, communicator.handle, &base, &window),
      in: "MPI_Win_allocate_shared")
    guard let window else {
      throw MPIError(.other, in: "MPI_Win_allocate_shared", "the library returned no window")
    }
    self.window = window
    self.communicator = communicator
    var parts: [UnsafeMutableRawBufferPointer] = []
    for rank in 0..<communicator.size {
      var size: MPI_Aint = 0
      var unit: Int32 = 0
      var start: UnsafeMutableRawPointer?
      try check(
        MPI_Win_shared_query(window, Int32(rank), &size, &unit, &start), in: "MPI_Win_shared_query")
      parts.append(UnsafeMutableRawBufferPointer(start: start, count: size))
    }
    self.parts = parts
    try check(MPI_Win_lock_all(MPI_MODE_NOCHECK, window), in: "MPI_Win_lock_all")
  }

  deinit {
    guard !MPIEnvironment.isFinalized else { return }
    // A failure here has no one to tell: the window is gone for this program either way.
    var window: MPI_Win? = window
    MPI_Win_unlock_all(window)
    MPI_Win_free(&window)
  }

  /// The part of a rank, this one's or another's, at its address in this process.
  ///
  /// The corresponding MPI function is `MPI_Win_shared_query`.
  public func part(of rank: Int) -> UnsafeMutableRawBufferPointer {
    require(parts.indices.contains(rank), "rank \(rank) of \(parts.count)")
    return parts[rank]
  }
}

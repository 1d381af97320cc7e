import COpenMPI

/// A group of ranks that talk to each other, apart from the messages of every other communicator.
///
/// A communicator that was made here (``split(color:key:)-(Int,_)``, ``duplicate()``, ``splitShared()``) is freed
/// with its last reference. Freeing is collective: let go of it at the same point of the program on every rank.
///
/// It is not `Sendable`: at the thread levels below ``ThreadLevel/multiple`` one thread at a time calls MPI, and
/// collectives must come in the same order on every rank, which concurrent callers could not promise.
public final class Communicator {
  let handle: MPI_Comm
  private let isOwned: Bool

  /// This process's number in the group, from 0 to ``size`` − 1.
  ///
  /// The corresponding MPI function is `MPI_Comm_rank`.
  public let rank: Int

  /// The number of processes in the group, at least 1.
  ///
  /// The corresponding MPI function is `MPI_Comm_size`.
  public let size: Int

  /// The most elements that one MPI call carries; longer buffers go in parts of this many.
  ///
  /// MPI counts in 32-bit integers. Tests lower the limit to exercise the parts; it must be the same on all ranks.
  package var elementCountPerMessage = 1 << 30

  /// Takes a handle; `isOwned` says whether it is freed at the end.
  init(_ handle: MPI_Comm, isOwned: Bool) throws(MPIError) {
    var rank: Int32 = 0
    var size: Int32 = 0
    try check(MPI_Comm_set_errhandler(handle, MPI_ERRORS_RETURN), in: "MPI_Comm_set_errhandler")
    try check(MPI_Comm_rank(handle, &rank), in: "MPI_Comm_rank")
    try check(MPI_Comm_size(handle, &size), in: "MPI_Comm_size")
    self.handle = handle
    self.isOwned = isOwned
    self.rank = Int(rank)
    self.size = Int(size)
  }

  deinit {
    guard isOwned, !MPIEnvironment.isFinalized else { return }
    // A failure here has no one to tell: the group is gone for this program either way.
    var handle: MPI_Comm? = handle
    MPI_Comm_free(&handle)
  }

  /// The communicator of all ranks.
  ///
  /// MPI must be running.
  ///
  /// The corresponding MPI constant is `MPI_COMM_WORLD`.
  public static var world: Communicator {
    get throws(MPIError) {
      MPIEnvironment.requireRunning("Communicator.world")
      return try Communicator(MPI_COMM_WORLD, isOwned: false)
    }
  }

  /// The communicator of this process alone.
  ///
  /// MPI must be running.
  ///
  /// The corresponding MPI constant is `MPI_COMM_SELF`.
  public static var selfOnly: Communicator {
    get throws(MPIError) {
      MPIEnvironment.requireRunning("Communicator.selfOnly")
      return try Communicator(MPI_COMM_SELF, isOwned: false)
    }
  }
}

@available(*, unavailable, message: "one thread at a time calls MPI")
extension Communicator: Sendable {}

extension Communicator: CustomStringConvertible {
  /// This process's place, such as "rank 2 of 4".
  public var description: String { "rank \(rank) of \(size)" }
}

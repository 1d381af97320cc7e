import COpenMPI

extension Communicator {
  /// Waits until all ranks are here.
  ///
  /// Every rank must call this.
  ///
  /// The corresponding MPI function is `MPI_Barrier`.
  public func barrier() throws(MPIError) {
    try check(MPI_Barrier(handle), in: "MPI_Barrier")
  }
}

import COpenMPI

/// Swift's integers to MPI's, which are `int`.
///
/// Ranges are checked here because some numbers outside of them mean something else to MPI: −1 is any source,
/// −2 no process at all.
extension Communicator {
  func rankArgument(
    _ rank: Int, as errorClass: MPIError.Class = .rank, in function: String
  ) throws(MPIError) -> Int32 {
    guard rank >= 0, rank < size else {
      throw MPIError(errorClass, in: function, "rank \(rank) is not in 0...\(size - 1), the ranks there are")
    }
    return Int32(rank)
  }

  func rootArgument(_ root: Int, in function: String) throws(MPIError) -> Int32 {
    try rankArgument(root, as: .root, in: function)
  }

  func sourceArgument(_ source: Int?, in function: String) throws(MPIError) -> Int32 {
    guard let source else { return MPI_ANY_SOURCE }
    return try rankArgument(source, in: function)
  }

  func tagArgument(_ tag: Int, in function: String) throws(MPIError) -> Int32 {
    guard let tag = Int32(exactly: tag), tag >= 0 else {
      throw MPIError(.tag, in: function, "tag \(tag) is not in 0...\(Int32.max)")
    }
    return tag
  }

  func tagArgument(_ tag: Int?, in function: String) throws(MPIError) -> Int32 {
    guard let tag else { return MPI_ANY_TAG }
    return try tagArgument(tag, in: function)
  }

  /// For calls that cannot go in parts.
  func countArgument(_ count: Int, in function: String) throws(MPIError) -> Int32 {
    guard let count = Int32(exactly: count) else {
      throw MPIError(.count, in: function, "\(count) elements, but one call takes \(Int32.max)")
    }
    return count
  }
}

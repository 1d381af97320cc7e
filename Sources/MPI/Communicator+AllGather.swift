import COpenMPI

/// From all ranks to all, side by side.
extension Communicator {
  /// Puts the ranks' blocks side by side, in the order of ranks, on all ranks.
  ///
  /// Every rank must call this, with blocks of the same length.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of n elements.
  ///   - result: what is overwritten: ``size`` · n elements, elsewhere in memory.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if n exceeds 2³¹ − 1.
  ///
  /// The corresponding MPI function is `MPI_Allgather`.
  public func allGather<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>
  ) throws(MPIError) {
    requireCount(result.count, size * contribution.count, in: "MPI_Allgather")
    let count = try countArgument(contribution.count, in: "MPI_Allgather")
    let type = Element.datatype.handle
    try check(
      MPI_Allgather(contribution.baseAddress, count, type, result.baseAddress, count, type, handle),
      in: "MPI_Allgather")
  }

  /// Puts the ranks' blocks side by side, in the order of ranks, on all ranks.
  ///
  /// Every rank must call this, with blocks of the same length.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of n elements.
  ///   - result: what is overwritten: ``size`` · n elements.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if n exceeds 2³¹ − 1.
  ///
  /// The corresponding MPI function is `MPI_Allgather`.
  public func allGather<Element: MPIDatatype>(
    _ contribution: Span<Element>, into result: inout MutableSpan<Element>
  ) throws(MPIError) {
    try contribution.withUnsafeBufferPointer { contribution throws(MPIError) in
      try result.withUnsafeMutableBufferPointer { result throws(MPIError) in
        try allGather(contribution, into: result)
      }
    }
  }

  /// Returns the values of all ranks, in the order of ranks.
  ///
  /// Every rank must call this.
  ///
  /// The corresponding MPI function is `MPI_Allgather`.
  public func allGather<Element: MPIDatatype>(_ value: Element) throws(MPIError) -> [Element] {
    try Array(count: size) { result throws(MPIError) in
      try withBuffer(of: value) { contribution throws(MPIError) in
        try allGather(contribution, into: result)
      }
    }
  }
}

import COpenMPI

/// From all ranks to one, combined.
extension Communicator {
  /// Combines the ranks' elements, one position at a time, on `root`.
  ///
  /// Every rank must call this, with the same count, operation and root.
  ///
  /// - Parameters:
  ///   - contribution: this rank's elements. Any length: long buffers go in parts.
  ///   - result: what is overwritten on `root`: as many elements, elsewhere in memory. Ignored on other ranks,
  ///     where it may be nil.
  ///   - operation: how elements are combined.
  ///   - root: the rank that gets the result.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/operation`` if the elements do not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Reduce`.
  public func reduce<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>?,
    _ operation: ReductionOperation, root: Int
  ) throws(MPIError) {
    if rank == root { requireCount(result?.count ?? 0, contribution.count, in: "MPI_Reduce") }
    let rootNumber = try rootArgument(root, in: "MPI_Reduce")
    let start = rank == root ? result?.baseAddress : nil
    for part in collectiveParts(of: contribution.count) {
      let code = MPI_Reduce(
        contribution.baseAddress.map { $0 + part.lowerBound }, start.map { $0 + part.lowerBound },
        Int32(part.count), Element.datatype.handle, operation.handle, rootNumber, handle)
      try check(code, in: "MPI_Reduce")
    }
  }

  /// Combines the ranks' elements, one position at a time, on `root`.
  ///
  /// Every rank must call this, with the same count, operation and root.
  ///
  /// - Parameters:
  ///   - contribution: this rank's elements. Any length: long buffers go in parts.
  ///   - result: what is overwritten on `root`: as many elements. Ignored on other ranks.
  ///   - operation: how elements are combined.
  ///   - root: the rank that gets the result.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/operation`` if the elements do not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Reduce`.
  public func reduce<Element: MPIDatatype>(
    _ contribution: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReductionOperation,
    root: Int
  ) throws(MPIError) {
    try contribution.withUnsafeBufferPointer { contribution throws(MPIError) in
      try result.withUnsafeMutableBufferPointer { result throws(MPIError) in
        try reduce(contribution, into: result, operation, root: root)
      }
    }
  }

  /// Returns the ranks' values combined on `root`, nil elsewhere.
  ///
  /// Every rank must call this, with the same operation and root.
  ///
  /// - Parameters:
  ///   - value: this rank's value.
  ///   - operation: how values are combined.
  ///   - root: the rank that gets the result.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/operation`` if the type does not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Reduce`.
  public func reduce<Element: MPIDatatype>(
    _ value: Element, _ operation: ReductionOperation, root: Int
  ) throws(MPIError) -> Element? {
    var result = value
    try withBuffer(of: value) { contribution throws(MPIError) in
      try withMutableBuffer(of: &result) { result throws(MPIError) in
        try reduce(contribution, into: result, operation, root: root)
      }
    }
    return rank == root ? result : nil
  }
}

import COpenMPI

/// From all ranks to one, side by side.
extension Communicator {
  /// Puts the ranks' blocks side by side, in the order of ranks, on `root`.
  ///
  /// Every rank must call this, with blocks of the same length and the same root.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of n elements.
  ///   - result: what is overwritten on `root`: ``size`` · n elements, elsewhere in memory. Ignored on other
  ///     ranks, where it may be nil.
  ///   - root: the rank that gets the result.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/count`` if n exceeds 2³¹ − 1.
  ///
  /// The corresponding MPI function is `MPI_Gather`.
  public func gather<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>?, root: Int
  ) throws(MPIError) {
    if rank == root { requireCount(result?.count ?? 0, size * contribution.count, in: "MPI_Gather") }
    let rootNumber = try rootArgument(root, in: "MPI_Gather")
    let count = try countArgument(contribution.count, in: "MPI_Gather")
    let type = Element.datatype.handle
    let code = MPI_Gather(
      contribution.baseAddress, count, type, rank == root ? result?.baseAddress : nil, count, type,
      rootNumber,
      handle)
    try check(code, in: "MPI_Gather")
  }

  /// Puts the ranks' blocks side by side, in the order of ranks, on `root`.
  ///
  /// Every rank must call this, with blocks of the same length and the same root.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of n elements.
  ///   - result: what is overwritten on `root`: ``size`` · n elements. Ignored on other ranks.
  ///   - root: the rank that gets the result.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/count`` if n exceeds 2³¹ − 1.
  ///
  /// The corresponding MPI function is `MPI_Gather`.
  public func gather<Element: MPIDatatype>(
    _ contribution: Span<Element>, into result: inout MutableSpan<Element>, root: Int
  ) throws(MPIError) {
    try contribution.withUnsafeBufferPointer { contribution throws(MPIError) in
      try result.withUnsafeMutableBufferPointer { result throws(MPIError) in
        try gather(contribution, into: result, root: root)
      }
    }
  }

  /// Returns the values of all ranks, in the order of ranks, on `root`, and nil elsewhere.
  ///
  /// Every rank must call this, with the same root.
  ///
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Gather`.
  public func gather<Element: MPIDatatype>(_ value: Element, root: Int) throws(MPIError) -> [Element]? {
    let values = try Array(count: rank == root ? size : 0) { result throws(MPIError) in
      try withBuffer(of: value) { contribution throws(MPIError) in
        try gather(contribution, into: result, root: root)
      }
    }
    return rank == root ? values : nil
  }
}

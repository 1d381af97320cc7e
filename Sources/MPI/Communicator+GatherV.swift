import COpenMPI

/// From all ranks to one, side by side, in blocks of different lengths.
extension Communicator {
  /// Puts the ranks' blocks side by side, in the order of ranks, on `root`.
  ///
  /// Every rank must call this, with the same counts and root.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of `counts[rank]` elements.
  ///   - result: what is overwritten on `root`: as many elements as all blocks have, elsewhere in memory. Ignored
  ///     on other ranks, where it may be nil.
  ///   - counts: each rank's number of elements, which may be 0.
  ///   - root: the rank that gets the result.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts beyond that.
  ///
  /// The corresponding MPI function is `MPI_Gatherv`.
  public func gatherV<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>?,
    counts: [Int], root: Int
  ) throws(MPIError) {
    let layout = try BlockLayout(counts: counts, of: self, in: "MPI_Gatherv")
    requireCount(contribution.count, counts[rank], in: "MPI_Gatherv")
    if rank == root { requireCount(result?.count ?? 0, layout.elementCount, in: "MPI_Gatherv") }
    let rootNumber = try rootArgument(root, in: "MPI_Gatherv")
    let type = Element.datatype.handle
    let code = MPI_Gatherv(
      contribution.baseAddress, Int32(contribution.count), type, rank == root ? result?.baseAddress : nil,
      layout.counts, layout.displacements, type, rootNumber, handle)
    try check(code, in: "MPI_Gatherv")
  }

  /// Puts the ranks' blocks side by side, in the order of ranks, on `root`.
  ///
  /// Every rank must call this, with the same counts and root.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of `counts[rank]` elements.
  ///   - result: what is overwritten on `root`: as many elements as all blocks have. Ignored on other ranks.
  ///   - counts: each rank's number of elements, which may be 0.
  ///   - root: the rank that gets the result.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts beyond that.
  ///
  /// The corresponding MPI function is `MPI_Gatherv`.
  public func gatherV<Element: MPIDatatype>(
    _ contribution: Span<Element>, into result: inout MutableSpan<Element>, counts: [Int], root: Int
  ) throws(MPIError) {
    try contribution.withUnsafeBufferPointer { contribution throws(MPIError) in
      try result.withUnsafeMutableBufferPointer { result throws(MPIError) in
        try gatherV(contribution, into: result, counts: counts, root: root)
      }
    }
  }

  /// Returns the arrays of all ranks on `root`, which need not know their lengths, and nil elsewhere.
  ///
  /// Every rank must call this, with the same root.
  ///
  /// - Parameters:
  ///   - values: this rank's array, which may be empty.
  ///   - root: the rank that gets the result.
  /// - Returns: for each rank its array, on `root`.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/count`` if all arrays together exceed 2³¹ − 1 elements.
  ///
  /// The corresponding MPI functions are `MPI_Allgather`, called for the lengths, and `MPI_Gatherv`.
  public func gatherV<Element: MPIDatatype>(_ values: [Element], root: Int) throws(MPIError) -> [[Element]]? {
    _ = try rootArgument(root, in: "MPI_Gatherv")
    let counts = try allGather(values.count)
    let all = try Array(count: rank == root ? counts.reduce(0, +) : 0) { result throws(MPIError) in
      try values.span.withUnsafeBufferPointer { contribution throws(MPIError) in
        try gatherV(contribution, into: result, counts: counts, root: root)
      }
    }
    return rank == root ? blocks(of: all, counts: counts) : nil
  }
}

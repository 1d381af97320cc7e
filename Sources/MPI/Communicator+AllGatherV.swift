import COpenMPI

/// From all ranks to all, side by side, in blocks of different lengths.
extension Communicator {
  /// Puts the ranks' blocks side by side, in the order of ranks, on all ranks.
  ///
  /// Every rank must call this, with the same counts.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of `counts[rank]` elements.
  ///   - result: what is overwritten: as many elements as all blocks have, elsewhere in memory.
  ///   - counts: each rank's number of elements, which may be 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts
  ///   beyond that.
  ///
  /// The corresponding MPI function is `MPI_Allgatherv`.
  public func allGatherV<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>,
    counts: [Int]
  ) throws(MPIError) {
    let layout = try BlockLayout(counts: counts, of: self, in: "MPI_Allgatherv")
    requireCount(result.count, layout.elementCount, in: "MPI_Allgatherv")
    requireCount(contribution.count, counts[rank], in: "MPI_Allgatherv")
    let type = Element.datatype.handle
    let code = MPI_Allgatherv(
      contribution.baseAddress, Int32(contribution.count), type, result.baseAddress, layout.counts,
      layout.displacements, type, handle)
    try check(code, in: "MPI_Allgatherv")
  }

  /// Completes a buffer in which each rank has written its own block.
  ///
  /// Every rank must call this, with the same counts.
  ///
  /// - Parameters:
  ///   - values: all blocks back to back, in the order of ranks. This rank's is sent, the others are overwritten.
  ///   - counts: each rank's number of elements, which may be 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts
  ///   beyond that.
  ///
  /// The corresponding MPI function is `MPI_Allgatherv` with `MPI_IN_PLACE`.
  public func allGatherV<Element: MPIDatatype>(
    _ values: UnsafeMutableBufferPointer<Element>, counts: [Int]
  ) throws(MPIError) {
    let layout = try BlockLayout(counts: counts, of: self, in: "MPI_Allgatherv")
    requireCount(values.count, layout.elementCount, in: "MPI_Allgatherv")
    let type = Element.datatype.handle
    let code = MPI_Allgatherv(
      MPI_IN_PLACE, 0, type, values.baseAddress, layout.counts, layout.displacements, type, handle)
    try check(code, in: "MPI_Allgatherv")
  }

  /// Puts the ranks' blocks side by side, in the order of ranks, on all ranks.
  ///
  /// Every rank must call this, with the same counts.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of `counts[rank]` elements.
  ///   - result: what is overwritten: as many elements as all blocks have.
  ///   - counts: each rank's number of elements, which may be 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts
  ///   beyond that.
  ///
  /// The corresponding MPI function is `MPI_Allgatherv`.
  public func allGatherV<Element: MPIDatatype>(
    _ contribution: Span<Element>, into result: inout MutableSpan<Element>, counts: [Int]
  ) throws(MPIError) {
    try contribution.withUnsafeBufferPointer { contribution throws(MPIError) in
      try result.withUnsafeMutableBufferPointer { result throws(MPIError) in
        try allGatherV(contribution, into: result, counts: counts)
      }
    }
  }

  /// Completes a buffer in which each rank has written its own block.
  ///
  /// Every rank must call this, with the same counts.
  ///
  /// - Parameters:
  ///   - values: all blocks back to back, in the order of ranks. This rank's is sent, the others are overwritten.
  ///   - counts: each rank's number of elements, which may be 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts
  ///   beyond that.
  ///
  /// The corresponding MPI function is `MPI_Allgatherv` with `MPI_IN_PLACE`.
  public func allGatherV<Element: MPIDatatype>(
    _ values: inout MutableSpan<Element>, counts: [Int]
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { values throws(MPIError) in
      try allGatherV(values, counts: counts)
    }
  }

  /// Returns the arrays of all ranks, which need not know each other's lengths.
  ///
  /// Every rank must call this.
  ///
  /// - Parameter values: this rank's array, which may be empty.
  /// - Returns: for each rank its array.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if all arrays together exceed 2³¹ − 1 elements.
  ///
  /// The corresponding MPI functions are `MPI_Allgather`, called for the lengths, and `MPI_Allgatherv`.
  public func allGatherV<Element: MPIDatatype>(_ values: [Element]) throws(MPIError) -> [[Element]] {
    let counts = try allGather(values.count)
    let all = try Array(count: counts.reduce(0, +)) { result throws(MPIError) in
      try values.span.withUnsafeBufferPointer { contribution throws(MPIError) in
        try allGatherV(contribution, into: result, counts: counts)
      }
    }
    return blocks(of: all, counts: counts)
  }
}

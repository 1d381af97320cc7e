import COpenMPI

/// Collectives that go on while the program does something else.
///
/// Memory is given as raw buffers, whose owner keeps them in place until the request is finished; what is sent must
/// not be changed, what is received not be read before then. Buffers longer than 2³¹ − 1 elements are refused.
extension Communicator {
  /// Starts to wait for all ranks.
  ///
  /// Every rank must call this.
  ///
  /// The corresponding MPI function is `MPI_Ibarrier`.
  public func startBarrier() throws(MPIError) -> Request {
    try Request(on: self, in: "MPI_Ibarrier") { request in MPI_Ibarrier(handle, request) }
  }

  /// Starts to copy the elements of `root` to all ranks.
  ///
  /// Every rank must call this, with the same count and root.
  ///
  /// - Parameters:
  ///   - values: what is sent on `root`, what is overwritten elsewhere; it must stay in place until the request is
  ///     finished.
  ///   - root: the rank that sends.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank, of class
  ///   ``MPIError/Class/count`` if `values` is longer than 2³¹ − 1 elements.
  ///
  /// The corresponding MPI function is `MPI_Ibcast`.
  public func startBroadcast<Element: MPIDatatype>(
    _ values: UnsafeMutableBufferPointer<Element>, root: Int
  ) throws(MPIError) -> Request {
    let root = try rootArgument(root, in: "MPI_Ibcast")
    let count = try countArgument(values.count, in: "MPI_Ibcast")
    return try Request(on: self, in: "MPI_Ibcast") { request in
      MPI_Ibcast(values.baseAddress, count, Element.datatype.handle, root, handle, request)
    }
  }

  /// Starts to combine the ranks' elements in place, one position at a time.
  ///
  /// Every rank must call this, with the same count and operation.
  ///
  /// Open MPI 4.1 always takes a binomial tree for this, which is slow for large buffers; the form with a second
  /// buffer chooses better.
  ///
  /// - Parameters:
  ///   - values: this rank's elements, then the result; it must stay in place until the request is finished.
  ///   - operation: how elements are combined.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/operation`` if the elements do not have the operation, of
  ///   class ``MPIError/Class/count`` if `values` is longer than 2³¹ − 1 elements.
  ///
  /// The corresponding MPI function is `MPI_Iallreduce` with `MPI_IN_PLACE`.
  public func startAllReduce<Element: MPIDatatype>(
    _ values: UnsafeMutableBufferPointer<Element>, _ operation: ReductionOperation
  ) throws(MPIError) -> Request {
    let count = try countArgument(values.count, in: "MPI_Iallreduce")
    return try Request(on: self, in: "MPI_Iallreduce") { request in
      MPI_Iallreduce(
        MPI_IN_PLACE, values.baseAddress, count, Element.datatype.handle, operation.handle, handle, request)
    }
  }

  /// Starts to combine the ranks' elements, one position at a time, into another buffer.
  ///
  /// Every rank must call this, with the same count and operation.
  ///
  /// - Parameters:
  ///   - contribution: this rank's elements; they must stay in place, unchanged, until the request is finished.
  ///   - result: what is overwritten: as many elements, elsewhere in memory, in place until the request is finished.
  ///   - operation: how elements are combined.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/operation`` if the elements do not have the operation, of
  ///   class ``MPIError/Class/count`` if there are more than 2³¹ − 1 elements.
  ///
  /// The corresponding MPI function is `MPI_Iallreduce`.
  public func startAllReduce<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>,
    _ operation: ReductionOperation
  ) throws(MPIError) -> Request {
    requireCount(result.count, contribution.count, in: "MPI_Iallreduce")
    let count = try countArgument(contribution.count, in: "MPI_Iallreduce")
    return try Request(on: self, in: "MPI_Iallreduce") { request in
      MPI_Iallreduce(
        contribution.baseAddress, result.baseAddress, count, Element.datatype.handle, operation.handle,
        handle,
        request)
    }
  }

  /// Starts to put the ranks' blocks side by side, in the order of ranks, on all ranks.
  ///
  /// Every rank must call this, with the same counts.
  ///
  /// - Parameters:
  ///   - contribution: this rank's block of `counts[rank]` elements; it must stay in place, unchanged, until the
  ///     request is finished.
  ///   - result: what is overwritten: as many elements as all blocks have, elsewhere in memory, in place until the
  ///     request is finished.
  ///   - counts: each rank's number of elements, which may be 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts
  ///   beyond that.
  ///
  /// The corresponding MPI function is `MPI_Iallgatherv`.
  public func startAllGatherV<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>,
    counts: [Int]
  ) throws(MPIError) -> Request {
    let layout = try BlockLayout(counts: counts, of: self, in: "MPI_Iallgatherv")
    requireCount(result.count, layout.elementCount, in: "MPI_Iallgatherv")
    requireCount(contribution.count, counts[rank], in: "MPI_Iallgatherv")
    let type = Element.datatype.handle
    return try Request(on: self, layout: layout, in: "MPI_Iallgatherv") { request in
      MPI_Iallgatherv(
        contribution.baseAddress, Int32(contribution.count), type, result.baseAddress, layout.counts,
        layout.displacements, type, handle, request)
    }
  }

  /// Starts to complete a buffer in which each rank has written its own block.
  ///
  /// Every rank must call this, with the same counts.
  ///
  /// - Parameters:
  ///   - values: all blocks back to back, in the order of ranks. This rank's is sent, the others are overwritten.
  ///     It must stay in place until the request is finished.
  ///   - counts: each rank's number of elements, which may be 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/count`` if a block is longer than 2³¹ − 1 elements or starts
  ///   beyond that.
  ///
  /// The corresponding MPI function is `MPI_Iallgatherv` with `MPI_IN_PLACE`.
  public func startAllGatherV<Element: MPIDatatype>(
    _ values: UnsafeMutableBufferPointer<Element>, counts: [Int]
  ) throws(MPIError) -> Request {
    let layout = try BlockLayout(counts: counts, of: self, in: "MPI_Iallgatherv")
    requireCount(values.count, layout.elementCount, in: "MPI_Iallgatherv")
    let type = Element.datatype.handle
    return try Request(on: self, layout: layout, in: "MPI_Iallgatherv") { request in
      MPI_Iallgatherv(
        MPI_IN_PLACE, 0, type, values.baseAddress, layout.counts, layout.displacements, type, handle, request)
    }
  }
}

import COpenMPI

/// From all ranks to all, combined.
extension Communicator {
  /// Combines the ranks' elements in place, one position at a time.
  ///
  /// Every rank must call this, with the same count and operation.
  ///
  /// - Parameters:
  ///   - values: this rank's elements, then the result. Any length: long buffers go in parts.
  ///   - operation: how elements are combined.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/operation`` if the elements do not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Allreduce` with `MPI_IN_PLACE`.
  public func allReduce<Element: MPIDatatype>(
    _ values: UnsafeMutableBufferPointer<Element>, _ operation: ReductionOperation
  ) throws(MPIError) {
    for part in collectiveParts(of: values.count) {
      let code = MPI_Allreduce(
        MPI_IN_PLACE, values.baseAddress.map { $0 + part.lowerBound }, Int32(part.count),
        Element.datatype.handle, operation.handle, handle)
      try check(code, in: "MPI_Allreduce")
    }
  }

  /// Combines the ranks' elements, one position at a time, into another buffer.
  ///
  /// Every rank must call this, with the same count and operation.
  ///
  /// - Parameters:
  ///   - contribution: this rank's elements. Any length: long buffers go in parts.
  ///   - result: what is overwritten: as many elements, elsewhere in memory.
  ///   - operation: how elements are combined.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/operation`` if the elements do not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Allreduce`.
  public func allReduce<Element: MPIDatatype>(
    _ contribution: UnsafeBufferPointer<Element>, into result: UnsafeMutableBufferPointer<Element>,
    _ operation: ReductionOperation
  ) throws(MPIError) {
    requireCount(result.count, contribution.count, in: "MPI_Allreduce")
    for part in collectiveParts(of: contribution.count) {
      let code = MPI_Allreduce(
        contribution.baseAddress.map { $0 + part.lowerBound },
        result.baseAddress.map { $0 + part.lowerBound },
        Int32(part.count), Element.datatype.handle, operation.handle, handle)
      try check(code, in: "MPI_Allreduce")
    }
  }

  /// Combines the ranks' elements in place, one position at a time.
  ///
  /// Every rank must call this, with the same count and operation.
  ///
  /// - Parameters:
  ///   - values: this rank's elements, then the result. Any length: long buffers go in parts.
  ///   - operation: how elements are combined.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/operation`` if the elements do not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Allreduce` with `MPI_IN_PLACE`.
  public func allReduce<Element: MPIDatatype>(
    _ values: inout MutableSpan<Element>, _ operation: ReductionOperation
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      try allReduce(buffer, operation)
    }
  }

  /// Combines the ranks' elements, one position at a time, into another buffer.
  ///
  /// Every rank must call this, with the same count and operation.
  ///
  /// - Parameters:
  ///   - contribution: this rank's elements. Any length: long buffers go in parts.
  ///   - result: what is overwritten: as many elements.
  ///   - operation: how elements are combined.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/operation`` if the elements do not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Allreduce`.
  public func allReduce<Element: MPIDatatype>(
    _ contribution: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReductionOperation
  ) throws(MPIError) {
    try contribution.withUnsafeBufferPointer { contribution throws(MPIError) in
      try result.withUnsafeMutableBufferPointer { result throws(MPIError) in
        try allReduce(contribution, into: result, operation)
      }
    }
  }

  /// Returns the ranks' values combined.
  ///
  /// Every rank must call this, with the same operation.
  ///
  /// - Parameters:
  ///   - value: this rank's value.
  ///   - operation: how values are combined.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/operation`` if the type does not have the operation.
  ///
  /// The corresponding MPI function is `MPI_Allreduce`.
  public func allReduce<Element: MPIDatatype>(
    _ value: Element, _ operation: ReductionOperation
  ) throws(MPIError) -> Element {
    var value = value
    try withMutableBuffer(of: &value) { buffer throws(MPIError) in try allReduce(buffer, operation) }
    return value
  }
}

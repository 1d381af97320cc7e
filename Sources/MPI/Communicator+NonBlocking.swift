import COpenMPI

/// Messages that go on while the program does something else.
///
/// Memory is given as raw buffers, whose owner keeps them in place until the request is finished; what is sent must
/// not be changed, what is received not be read before then. Buffers longer than 2³¹ − 1 elements are refused.
extension Communicator {
  /// Starts to send elements to one rank.
  ///
  /// - Parameters:
  ///   - values: what is sent; it must stay in place, unchanged, until the request is finished.
  ///   - destination: the rank that receives.
  ///   - tag: a number that the receiver can choose messages by, at least 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/rank`` if there is no such rank, of class
  ///   ``MPIError/Class/tag`` if the tag is out of range, of class ``MPIError/Class/count`` if there are too many
  ///   elements for one message (2³⁰ or more).
  ///
  /// The corresponding MPI function is `MPI_Isend`.
  public func startSend<Element: MPIDatatype>(
    _ values: UnsafeBufferPointer<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) -> Request {
    let destination = try rankArgument(destination, in: "MPI_Isend")
    let tag: Int32 = try tagArgument(tag, in: "MPI_Isend")
    // A longer one would look, to a blocking receiver, like the first of several parts.
    guard values.count < elementCountPerMessage else {
      throw MPIError(
        .count, in: "MPI_Isend",
        "\(values.count) elements are more than the \(elementCountPerMessage - 1) that fit one message")
    }
    return try Request(on: self, in: "MPI_Isend") { request in
      MPI_Isend(
        values.baseAddress, Int32(values.count), Element.datatype.handle, destination, tag, handle, request)
    }
  }

  /// Starts to receive the next message that matches.
  ///
  /// ``Request/wait()`` and ``Request/test()`` throw ``MPIError`` of class ``MPIError/Class/truncate`` if the
  /// message is longer than `values`. One exception: Open MPI 4.1 silently cuts a short message that a rank sends
  /// to itself after it started to receive it.
  ///
  /// - Parameters:
  ///   - values: where the message is written, from the front; it must stay in place until the request is
  ///     finished. It may be longer than the message.
  ///   - source: the rank that sends; nil for any.
  ///   - tag: the message's tag; nil for any.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/rank`` if there is no such rank, of class
  ///   ``MPIError/Class/count`` if `values` is longer than 2³¹ − 1 elements.
  ///
  /// The corresponding MPI function is `MPI_Irecv`.
  public func startReceive<Element: MPIDatatype>(
    into values: UnsafeMutableBufferPointer<Element>, from source: Int? = nil, tag: Int? = nil
  ) throws(MPIError) -> Request {
    let source = try sourceArgument(source, in: "MPI_Irecv")
    let tag: Int32 = try tagArgument(tag, in: "MPI_Irecv")
    let count = try countArgument(values.count, in: "MPI_Irecv")
    return try Request(.receive(Element.datatype), on: self, in: "MPI_Irecv") { request in
      MPI_Irecv(values.baseAddress, count, Element.datatype.handle, source, tag, handle, request)
    }
  }
}

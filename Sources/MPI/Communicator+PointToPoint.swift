import COpenMPI

/// From one rank to another.
///
/// Any number of elements can be sent. Up to 2³⁰ − 1 go as one MPI message, which any MPI program can receive;
/// longer buffers go as several messages, all full but the last, which this module's receivers put together.
extension Communicator {
  /// Sends elements to one rank, and returns when the buffer may be changed.
  ///
  /// That may be before the message is received, or not: two ranks that send to each other first and receive
  /// second may wait for ever.
  ///
  /// - Parameters:
  ///   - values: what is sent. Any length: long buffers go in parts.
  ///   - destination: the rank that receives.
  ///   - tag: a number that the receiver can choose messages by, at least 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/rank`` if there is no such rank, of class
  ///   ``MPIError/Class/tag`` if the tag is out of range.
  ///
  /// The corresponding MPI function is `MPI_Send`.
  public func send<Element: MPIDatatype>(
    _ values: UnsafeBufferPointer<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) {
    let destination = try rankArgument(destination, in: "MPI_Send")
    let tag: Int32 = try tagArgument(tag, in: "MPI_Send")
    for part in messageParts(of: values.count) {
      let code = MPI_Send(
        values.baseAddress.map { $0 + part.lowerBound }, Int32(part.count), Element.datatype.handle,
        destination,
        tag, handle)
      try check(code, in: "MPI_Send")
    }
  }

  /// Sends elements to one rank, and returns when the message is on its way.
  ///
  /// That may be before it is received, or not: two ranks that send to each other first and receive second may
  /// wait for ever.
  ///
  /// - Parameters:
  ///   - values: what is sent. Any length: long buffers go in parts.
  ///   - destination: the rank that receives.
  ///   - tag: a number that the receiver can choose messages by, at least 0.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/rank`` if there is no such rank, of class
  ///   ``MPIError/Class/tag`` if the tag is out of range.
  ///
  /// The corresponding MPI function is `MPI_Send`.
  public func send<Element: MPIDatatype>(
    _ values: Span<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) {
    try values.withUnsafeBufferPointer { buffer throws(MPIError) in
      try send(buffer, to: destination, tag: tag)
    }
  }

  /// Receives the next message that matches, and returns when it is here.
  ///
  /// - Parameters:
  ///   - values: where the message is written, from the front. It may be longer than the message.
  ///   - source: the rank that sends; nil for any.
  ///   - tag: the message's tag; nil for any.
  /// - Returns: who sent it, with what tag, and how many elements.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/truncate`` if the message is longer than `values`, of class
  ///   ``MPIError/Class/rank`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Recv`.
  @discardableResult
  public func receive<Element: MPIDatatype>(
    into values: UnsafeMutableBufferPointer<Element>, from source: Int? = nil, tag: Int? = nil
  ) throws(MPIError) -> Status {
    var source = try sourceArgument(source, in: "MPI_Recv")
    var tag: Int32 = try tagArgument(tag, in: "MPI_Recv")
    var received = 0
    while true {
      let room = min(values.count - received, elementCountPerMessage)
      var status = MPI_Status()
      let code = MPI_Recv(
        values.baseAddress.map { $0 + received }, Int32(room), Element.datatype.handle, source, tag, handle,
        &status)
      try check(code, in: "MPI_Recv")
      let part = try Status(status, of: Element.datatype)
      received += part.count
      if part.count < elementCountPerMessage {
        return Status(source: part.source, tag: part.tag, count: received)
      }
      source = status.MPI_SOURCE
      tag = status.MPI_TAG
    }
  }

  /// Receives the next message that matches, and returns when it is here.
  ///
  /// - Parameters:
  ///   - values: where the message is written, from the front. It may be longer than the message.
  ///   - source: the rank that sends; nil for any.
  ///   - tag: the message's tag; nil for any.
  /// - Returns: who sent it, with what tag, and how many elements.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/truncate`` if the message is longer than `values`, of class
  ///   ``MPIError/Class/rank`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Recv`.
  @discardableResult
  public func receive<Element: MPIDatatype>(
    into values: inout MutableSpan<Element>, from source: Int? = nil, tag: Int? = nil
  ) throws(MPIError) -> Status {
    try values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      try receive(into: buffer, from: source, tag: tag)
    }
  }

  /// Receives the next message that matches, of whatever length.
  ///
  /// - Parameters:
  ///   - type: the type of its elements.
  ///   - source: the rank that sends; nil for any.
  ///   - tag: the message's tag; nil for any.
  /// - Returns: the message, and who sent it, with what tag.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/rank`` if there is no such rank, of class
  ///   ``MPIError/Class/type`` if the message is no whole number of elements.
  ///
  /// The corresponding MPI functions are `MPI_Probe` and `MPI_Recv`.
  public func receive<Element: MPIDatatype>(
    _ type: Element.Type, from source: Int? = nil, tag: Int? = nil
  ) throws(MPIError) -> (values: [Element], status: Status) {
    var values: [Element] = []
    var next = try probe(type, from: source, tag: tag)
    while true {
      let part = try [Element](count: next.count) { buffer throws(MPIError) in
        let code = MPI_Recv(
          buffer.baseAddress, Int32(buffer.count), type.datatype.handle, Int32(next.source), Int32(next.tag),
          handle, MPI_STATUS_IGNORE)
        try check(code, in: "MPI_Recv")
      }
      values = values.isEmpty ? part : values + part
      if part.count < elementCountPerMessage {
        return (values, Status(source: next.source, tag: next.tag, count: values.count))
      }
      next = try probe(type, from: next.source, tag: next.tag)
    }
  }

  /// Waits for a message that matches, and describes it without receiving it.
  ///
  /// - Parameters:
  ///   - type: the type of element that the message's length is given in.
  ///   - source: the rank that sends; nil for any.
  ///   - tag: the message's tag; nil for any.
  /// - Returns: who sent it, with what tag, and how many elements; of a buffer that was sent in parts, how many are
  ///   in the first.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/rank`` if there is no such rank, of class
  ///   ``MPIError/Class/type`` if the message is no whole number of elements.
  ///
  /// The corresponding MPI function is `MPI_Probe`.
  public func probe<Element: MPIDatatype>(
    _ type: Element.Type, from source: Int? = nil, tag: Int? = nil
  ) throws(MPIError) -> Status {
    let source = try sourceArgument(source, in: "MPI_Probe")
    let tag: Int32 = try tagArgument(tag, in: "MPI_Probe")
    var status = MPI_Status()
    try check(MPI_Probe(source, tag, handle, &status), in: "MPI_Probe")
    return try Status(status, of: type.datatype)
  }
}

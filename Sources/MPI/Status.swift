import COpenMPI

/// What is known about a message that has arrived.
public struct Status: Hashable, Sendable {
  /// The rank that sent the message.
  public let source: Int

  /// The tag that the message was sent with.
  public let tag: Int

  /// The message's length in elements of the type that was received or asked for.
  public let count: Int

  /// A description with the given parts.
  package init(source: Int, tag: Int, count: Int) {
    self.source = source
    self.tag = tag
    self.count = count
  }
}

extension Status {
  /// Reads MPI's record of a message whose elements have the given type.
  ///
  /// The corresponding MPI function is `MPI_Get_count`.
  init(_ status: MPI_Status, of datatype: Datatype) throws(MPIError) {
    var status = status
    var count: Int32 = 0
    try check(MPI_Get_count(&status, datatype.handle, &count), in: "MPI_Get_count")
    guard count != MPI_UNDEFINED else {
      throw MPIError(
        .type, in: "MPI_Get_count",
        "the message of rank \(status.MPI_SOURCE) with tag \(status.MPI_TAG) is no whole number of elements"
          + " of type \(datatype)")
    }
    self.init(source: Int(status.MPI_SOURCE), tag: Int(status.MPI_TAG), count: Int(count))
  }
}

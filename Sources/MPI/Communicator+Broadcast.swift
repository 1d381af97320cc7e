import COpenMPI

/// From one rank to all.
extension Communicator {
  /// Copies the elements of `root` to all ranks.
  ///
  /// Every rank must call this, with the same count and root.
  ///
  /// - Parameters:
  ///   - values: what is sent on `root`, what is overwritten elsewhere. Any length: long buffers go in parts.
  ///   - root: the rank that sends.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Bcast`.
  public func broadcast<Element: MPIDatatype>(
    _ values: UnsafeMutableBufferPointer<Element>, root: Int
  ) throws(MPIError) {
    let root = try rootArgument(root, in: "MPI_Bcast")
    for part in collectiveParts(of: values.count) {
      let code = MPI_Bcast(
        values.baseAddress.map { $0 + part.lowerBound }, Int32(part.count), Element.datatype.handle, root,
        handle)
      try check(code, in: "MPI_Bcast")
    }
  }

  /// Copies the elements of `root` to all ranks.
  ///
  /// Every rank must call this, with the same count and root.
  ///
  /// - Parameters:
  ///   - values: what is sent on `root`, what is overwritten elsewhere. Any length: long buffers go in parts.
  ///   - root: the rank that sends.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Bcast`.
  public func broadcast<Element: MPIDatatype>(
    _ values: inout MutableSpan<Element>, root: Int
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      try broadcast(buffer, root: root)
    }
  }

  /// Returns the array of `root` on all ranks, which need not know its length.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - values: what is sent on `root`; ignored elsewhere.
  ///   - root: the rank that sends.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Bcast`, called for the length and then for the elements.
  public func broadcast<Element: MPIDatatype>(_ values: [Element], root: Int) throws(MPIError) -> [Element] {
    let count = try broadcast(values.count, root: root)
    return try Array(count: count) { buffer throws(MPIError) in
      if rank == root { _ = buffer.initialize(from: values) }
      try broadcast(buffer, root: root)
    }
  }

  /// Returns the value of `root` on all ranks.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - value: what is sent on `root`; ignored elsewhere.
  ///   - root: the rank that sends.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Bcast`.
  public func broadcast<Element: MPIDatatype>(_ value: Element, root: Int) throws(MPIError) -> Element {
    var value = value
    try withMutableBuffer(of: &value) { buffer throws(MPIError) in try broadcast(buffer, root: root) }
    return value
  }

  /// Returns the text of `root` on all ranks, as UTF-8 of any length.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - text: what is sent on `root`; ignored elsewhere.
  ///   - root: the rank that sends.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/root`` if there is no such rank.
  ///
  /// The corresponding MPI function is `MPI_Bcast`, called for the length and then for the bytes.
  public func broadcast(_ text: String, root: Int) throws(MPIError) -> String {
    String(decoding: try broadcast(Array(text.utf8), root: root), as: UTF8.self)
  }
}

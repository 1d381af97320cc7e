import COpenMPI

extension Communicator {
  /// Makes a communicator of the same ranks whose messages never meet this one's.
  ///
  /// Every rank must call this.
  ///
  /// The corresponding MPI function is `MPI_Comm_dup`.
  public func duplicate() throws(MPIError) -> Communicator {
    var copy: MPI_Comm?
    try check(MPI_Comm_dup(handle, &copy), in: "MPI_Comm_dup")
    return try adopt(copy, from: "MPI_Comm_dup")
  }

  /// Divides the ranks into one communicator for each color.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - color: the number of the group that this rank joins, from 0 to 2³¹ − 1.
  ///   - key: orders the ranks of the new group; equal keys keep the order of this communicator.
  /// - Returns: the communicator of the ranks that gave the same color.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/argument`` if `color` or `key` is out of range.
  ///
  /// The corresponding MPI function is `MPI_Comm_split`.
  public func split(color: Int, key: Int = 0) throws(MPIError) -> Communicator {
    guard let color = Int32(exactly: color), color >= 0 else {
      throw MPIError(.argument, in: "MPI_Comm_split", "color \(color) is not in 0...\(Int32.max)")
    }
    return try adopt(splitHandle(color: color, key: key), from: "MPI_Comm_split")
  }

  /// Divides the ranks as ``split(color:key:)-(Int,_)`` does; a rank without a color joins no group.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - color: the number of the group that this rank joins, from 0 to 2³¹ − 1, or nil.
  ///   - key: orders the ranks of the new group; equal keys keep the order of this communicator.
  /// - Returns: the communicator of the ranks that gave the same color; nil for ranks that gave none.
  /// - Throws: ``MPIError`` of class ``MPIError/Class/argument`` if `color` or `key` is out of range.
  ///
  /// The corresponding MPI function is `MPI_Comm_split`, with `MPI_UNDEFINED` for nil.
  public func split(color: Int?, key: Int = 0) throws(MPIError) -> Communicator? {
    if let color { return try split(color: color, key: key) as Communicator }
    _ = try splitHandle(color: MPI_UNDEFINED, key: key)
    return nil
  }

  /// Divides the ranks into one communicator for each host, whose ranks can share memory.
  ///
  /// Every rank must call this. The order of ranks is kept.
  ///
  /// The corresponding MPI function is `MPI_Comm_split_type` with `MPI_COMM_TYPE_SHARED`.
  public func splitShared() throws(MPIError) -> Communicator {
    var part: MPI_Comm?
    try check(
      MPI_Comm_split_type(handle, Int32(MPI_COMM_TYPE_SHARED), 0, MPI_INFO_NULL, &part),
      in: "MPI_Comm_split_type")
    return try adopt(part, from: "MPI_Comm_split_type")
  }

  private func splitHandle(color: Int32, key: Int) throws(MPIError) -> MPI_Comm? {
    guard let key = Int32(exactly: key) else {
      throw MPIError(.argument, in: "MPI_Comm_split", "key \(key) is not in \(Int32.min)...\(Int32.max)")
    }
    var part: MPI_Comm?
    try check(MPI_Comm_split(handle, color, key, &part), in: "MPI_Comm_split")
    return part
  }

  private func adopt(_ handle: MPI_Comm?, from function: String) throws(MPIError) -> Communicator {
    guard let handle, handle != MPI_COMM_NULL else {
      throw MPIError(.communicator, in: function, "the library returned no communicator")
    }
    let communicator = try Communicator(handle, isOwned: true)
    communicator.elementCountPerMessage = elementCountPerMessage
    return communicator
  }
}

/// A Swift type whose values MPI can send, receive and reduce.
///
/// A type of your own may conform if its memory is exactly that of a predefined datatype: same size, stride and
/// meaning of the bits.
public protocol MPIDatatype: BitwiseCopyable, Sendable {
  /// The predefined datatype with the same memory layout.
  static var datatype: Datatype { get }
}

extension Float: MPIDatatype {
  /// `MPI_FLOAT`.
  public static var datatype: Datatype { .float }
}

extension Double: MPIDatatype {
  /// `MPI_DOUBLE`.
  public static var datatype: Datatype { .double }
}

extension Int32: MPIDatatype {
  /// `MPI_INT32_T`.
  public static var datatype: Datatype { .int32 }
}

extension Int64: MPIDatatype {
  /// `MPI_INT64_T`.
  public static var datatype: Datatype { .int64 }
}

extension Int: MPIDatatype {
  /// `MPI_INT64_T`, for `Int` has 64 bits wherever Open MPI and Swift run.
  public static var datatype: Datatype { .int64 }
}

extension UInt8: MPIDatatype {
  /// `MPI_UINT8_T`.
  public static var datatype: Datatype { .uint8 }
}

extension UInt64: MPIDatatype {
  /// `MPI_UINT64_T`.
  public static var datatype: Datatype { .uint64 }
}

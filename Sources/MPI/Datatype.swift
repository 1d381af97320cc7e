import COpenMPI

/// A predefined MPI datatype: what a buffer's elements are.
public enum Datatype: Hashable, Sendable {
  /// A 32-bit floating-point number, `MPI_FLOAT`.
  case float
  /// A 64-bit floating-point number, `MPI_DOUBLE`.
  case double
  /// A signed 32-bit integer, `MPI_INT32_T`.
  case int32
  /// A signed 64-bit integer, `MPI_INT64_T`.
  case int64
  /// An unsigned 8-bit integer, `MPI_UINT8_T`.
  case uint8
  /// An unsigned 64-bit integer, `MPI_UINT64_T`.
  case uint64

  var handle: MPI_Datatype {
    switch self {
    case .float: MPI_FLOAT
    case .double: MPI_DOUBLE
    case .int32: MPI_INT32_T
    case .int64: MPI_INT64_T
    case .uint8: MPI_UINT8_T
    case .uint64: MPI_UINT64_T
    }
  }
}

import COpenMPI

/// How many threads may call MPI, and when (MPI 3.1, section 12.4.3).
///
/// Levels are ordered: a higher one permits more.
public enum ThreadLevel: Int, Comparable, Hashable, Sendable, CustomStringConvertible {
  /// The process has one thread.
  case single
  /// Only the thread that initialized MPI calls it.
  case funneled
  /// Any thread calls MPI, but never two at the same time.
  case serialized
  /// Any thread calls MPI at any time.
  case multiple

  /// Whether the first level permits less than the second.
  public static func < (lower: ThreadLevel, higher: ThreadLevel) -> Bool {
    lower.rawValue < higher.rawValue
  }

  /// The level's name in the standard, such as `MPI_THREAD_FUNNELED`.
  public var description: String {
    switch self {
    case .single: "MPI_THREAD_SINGLE"
    case .funneled: "MPI_THREAD_FUNNELED"
    case .serialized: "MPI_THREAD_SERIALIZED"
    case .multiple: "MPI_THREAD_MULTIPLE"
    }
  }

  var constant: Int32 {
    switch self {
    case .single: Int32(MPI_THREAD_SINGLE)
    case .funneled: Int32(MPI_THREAD_FUNNELED)
    case .serialized: Int32(MPI_THREAD_SERIALIZED)
    case .multiple: Int32(MPI_THREAD_MULTIPLE)
    }
  }

  init(constant: Int32) {
    switch constant {
    case ThreadLevel.multiple.constant: self = .multiple
    case ThreadLevel.serialized.constant: self = .serialized
    case ThreadLevel.funneled.constant: self = .funneled
    default: self = .single
    }
  }

  /// Throws unless `provided` permits what this level permits.
  package func checkProvided(_ provided: ThreadLevel) throws(MPIError) {
    guard provided < self else { return }
    throw MPIError(
      .unsupportedOperation, in: "MPI_Init_thread",
      "\(self) was requested, but this library provides only \(provided)")
  }
}

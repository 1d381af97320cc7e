import COpenMPI

extension MPIError {
  /// A kind of error that the standard names (MPI 3.1, section 8.4).
  public struct Class: RawRepresentable, Hashable, Sendable {
    /// The library's number for the class.
    public let rawValue: Int32

    /// The class with a given number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// `MPI_ERR_BUFFER`: an invalid buffer pointer.
    public static let buffer = Class(rawValue: MPI_ERR_BUFFER)
    /// `MPI_ERR_COUNT`: a count that is negative or too large.
    public static let count = Class(rawValue: MPI_ERR_COUNT)
    /// `MPI_ERR_TYPE`: a wrong datatype.
    public static let type = Class(rawValue: MPI_ERR_TYPE)
    /// `MPI_ERR_TAG`: a tag out of range.
    public static let tag = Class(rawValue: MPI_ERR_TAG)
    /// `MPI_ERR_COMM`: an invalid communicator.
    public static let communicator = Class(rawValue: MPI_ERR_COMM)
    /// `MPI_ERR_RANK`: a rank that is not in the communicator.
    public static let rank = Class(rawValue: MPI_ERR_RANK)
    /// `MPI_ERR_REQUEST`: an invalid request.
    public static let request = Class(rawValue: MPI_ERR_REQUEST)
    /// `MPI_ERR_ROOT`: a root that is not in the communicator.
    public static let root = Class(rawValue: MPI_ERR_ROOT)
    /// `MPI_ERR_OP`: an operation that the datatype does not have.
    public static let operation = Class(rawValue: MPI_ERR_OP)
    /// `MPI_ERR_ARG`: another argument is wrong.
    public static let argument = Class(rawValue: MPI_ERR_ARG)
    /// `MPI_ERR_UNKNOWN`: an error of no known class.
    public static let unknown = Class(rawValue: MPI_ERR_UNKNOWN)
    /// `MPI_ERR_TRUNCATE`: a message that is longer than the buffer that receives it.
    public static let truncate = Class(rawValue: MPI_ERR_TRUNCATE)
    /// `MPI_ERR_OTHER`: an error that only the text describes.
    public static let other = Class(rawValue: MPI_ERR_OTHER)
    /// `MPI_ERR_INTERN`: an error inside the library.
    public static let intern = Class(rawValue: MPI_ERR_INTERN)
    /// `MPI_ERR_NO_MEM`: no memory left.
    public static let noMemory = Class(rawValue: MPI_ERR_NO_MEM)
    /// `MPI_ERR_UNSUPPORTED_OPERATION`: something that this library does not offer.
    public static let unsupportedOperation = Class(rawValue: MPI_ERR_UNSUPPORTED_OPERATION)
  }
}

extension MPIError.Class: CustomStringConvertible {
  /// The name in the standard, such as `MPI_ERR_TRUNCATE`; the number for a class without a constant here.
  public var description: String {
    switch self {
    case .buffer: "MPI_ERR_BUFFER"
    case .count: "MPI_ERR_COUNT"
    case .type: "MPI_ERR_TYPE"
    case .tag: "MPI_ERR_TAG"
    case .communicator: "MPI_ERR_COMM"
    case .rank: "MPI_ERR_RANK"
    case .request: "MPI_ERR_REQUEST"
    case .root: "MPI_ERR_ROOT"
    case .operation: "MPI_ERR_OP"
    case .argument: "MPI_ERR_ARG"
    case .unknown: "MPI_ERR_UNKNOWN"
    case .truncate: "MPI_ERR_TRUNCATE"
    case .other: "MPI_ERR_OTHER"
    case .intern: "MPI_ERR_INTERN"
    case .noMemory: "MPI_ERR_NO_MEM"
    case .unsupportedOperation: "MPI_ERR_UNSUPPORTED_OPERATION"
    default: "error class \(rawValue)"
    }
  }
}

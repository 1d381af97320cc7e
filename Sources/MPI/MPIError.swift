import COpenMPI

/// A failed MPI call: which function, and what the library says about it.
public struct MPIError: Error, Hashable, Sendable {
  /// The kind of error, the same in all MPI libraries.
  public let errorClass: Class

  /// The library's own code, which may be finer than the class.
  ///
  /// An error that this module finds before it calls the library has the number of its class.
  public let code: Int32

  /// The name of the MPI function that failed, such as `MPI_Recv`.
  public let function: String

  /// What is wrong, in the library's own text where the library found it.
  public let message: String

  /// An error that this module finds before it calls the library.
  init(_ errorClass: Class, in function: String, _ message: String) {
    self.errorClass = errorClass
    self.code = errorClass.rawValue
    self.function = function
    self.message = "\(errorClass): \(message)"
  }

  /// The error for a code that `function` returned.
  init(code: Int32, in function: String) {
    self.code = code
    self.function = function
    // Outside of initialize…finalize, Open MPI ends a process that asks for a text.
    guard MPIEnvironment.isInitialized, !MPIEnvironment.isFinalized else {
      errorClass = .other
      message = "error code \(code)"
      return
    }
    var number: Int32 = 0
    errorClass = MPI_Error_class(code, &number) == MPI_SUCCESS ? Class(rawValue: number) : .unknown
    message = MPIError.text(of: code)
  }

  /// The library's text for a code or class.
  static func text(of code: Int32) -> String {
    string(capacity: MPI_MAX_ERROR_STRING) { text, length in
      if MPI_Error_string(code, text, length) != MPI_SUCCESS { length.pointee = 0 }
    }
  }
}

extension MPIError: CustomStringConvertible {
  /// One line, such as "MPI_Recv: MPI_ERR_TRUNCATE: message truncated".
  public var description: String { "\(function): \(message)" }
}

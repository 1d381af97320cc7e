import COneDNN

/// A call of oneDNN failed: an operation or shape it does not support, or no memory.
public struct OneDNNError: Error, CustomStringConvertible {
  /// The function that failed.
  public let function: String
  /// The library's status code.
  public let status: UInt32

  /// One line: the function and the status.
  public var description: String { "oneDNN: \(function) failed with status \(status)" }
}

/// Throws unless `status` says success.
func check(_ status: dnnl_status_t, _ function: String) throws(OneDNNError) {
  guard status == dnnl_success else { throw OneDNNError(function: function, status: status.rawValue) }
}

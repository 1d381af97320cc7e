public import Mistakes

/// Why a safetensors file could not be read or written, or does not hold what is needed.
public struct TensorFileError: Hashable, UserError {
  /// The file, as the caller named it.
  public let path: String

  /// The tensor at fault, or nil if the file as a whole is.
  public let tensor: String?

  /// What was found, and what would be right.
  public let problem: String

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - tensor: the tensor at fault, or nil if the file as a whole is.
  ///   - problem: what was found and what would be right, in one line.
  public init(path: String, tensor: String? = nil, problem: String) {
    self.path = path
    self.tensor = tensor
    self.problem = problem
  }

  /// One line that names the file, the tensor and the problem.
  public var description: String {
    // The quoting of `debugDescription` keeps a name with line breaks on the one line.
    let place = tensor.map { "\(path): tensor \($0.debugDescription)" } ?? path
    return "\(place): \(problem)"
  }
}

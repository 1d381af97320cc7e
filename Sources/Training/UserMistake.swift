import Datasets
import Execution
import NeuralNetworks
import Safetensors

/// The user's mistake, found by this module: what was given and what would be right, in one line.
public struct UserMistake: Error, CustomStringConvertible {
  /// The line.
  public let description: String

  /// Names the mistake.
  public init(_ description: String) {
    self.description = description
  }

  /// Whether an error tells the user of a mistake in what they gave us, rather than of a failure of ours.
  public static func covers(_ error: any Error) -> Bool {
    switch error {
    case is UserMistake, is ConfigurationError, is DatasetError, is ShapeError, is StateError,
      is TensorFileError:
      true
    default: false
    }
  }
}

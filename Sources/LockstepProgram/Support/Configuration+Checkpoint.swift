import Mistakes
package import Safetensors
import Training

extension Configuration {
  /// The configuration that a model file was trained with.
  ///
  /// - Throws: `UserMistake` if the file does not tell; `ConfigurationError` for wrong overrides.
  package static func ofCheckpoint(
    _ file: TensorFile, path: String, overrides: [String] = []
  ) throws -> Configuration {
    guard let text = file.metadata[Checkpoint.configurationKey] else {
      throw UserMistake(
        "\(path): holds no configuration; give one with --config")
    }
    return try parse(text, source: path, overrides: overrides)
  }
}

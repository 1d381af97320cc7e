import Safetensors

/// The digest of checkpoints on disk.
public enum CheckpointDigest {
  /// SHA-256 over names, shapes and bytes of all tensors of a file, 64 hexadecimal digits.
  ///
  /// - Throws: `TensorFileError` if the file is missing or is no safetensors file.
  public static func digest(path: String) throws -> String {
    Tensor.digest(of: try TensorFile(contentsOf: path).tensors)
  }
}

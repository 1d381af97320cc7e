package import Configurations

extension Configuration {
  /// The type of activations, of their gradients and of weights where these meet: key `precision`.
  ///
  /// Parameters, their gradients, statistics and sums are in single precision or better, whatever it is.
  public enum Precision: String, ConfigurationWord {
    /// IEEE 754 single precision.
    case float32
    /// The upper half of a single; for processors with AVX-512 BF16 or AMX.
    case bfloat16
  }
}

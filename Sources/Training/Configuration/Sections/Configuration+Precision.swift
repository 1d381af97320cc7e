extension Configuration {
  /// The type of activations and gradients: key `precision`.
  public enum Precision: String, ConfigurationWord {
    /// IEEE 754 single precision.
    case float32
  }
}

extension Configuration.Precision {
  init?(_ reader: ConfigurationReader<Configuration.Key>) throws(ConfigurationError) {
    // Who asks for it has not misspelled anything: it is on its way.
    if reader.node(.precision)?.plainText == "bfloat16" {
      throw reader.error(.precision, "bfloat16 is not supported yet, expected float32")
    }
    guard let precision: Self = try reader.word(.precision) else { return nil }
    self = precision
  }
}

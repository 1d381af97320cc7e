import Reports

extension Configuration {
  /// How gradients are summed over the ranks: section `reduction`.
  public struct Reduction: Equatable, Sendable {
    /// The bytes of gradients that are reduced in one communication, 4 to 2³¹; no result depends on it.
    public var bucketBytes = 1 << 20

    /// Creates the section with its defaults.
    public init() {}
  }
}

extension Configuration.Reduction {
  enum Key: String, ConfigurationWord {
    case bucketBytes = "bucket_bytes"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    bucketBytes = try reader.integer(.bucketBytes, in: 4...(1 << 31)) ?? bucketBytes
  }

  var json: JSON { .section([Key.bucketBytes: .integer(bucketBytes)]) }
}

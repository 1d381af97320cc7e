package import Configurations
package import Records

extension Configuration {
  /// How many samples make a step, and into how many parts they are cut: section `batch`.
  public struct Batch: Equatable, Sendable {
    /// The samples of one step over all ranks, at least one for each microshard.
    public var size = 256

    /// The parts of a batch, 1 to 4096; no more ranks than this can take part.
    public var microshards = 8

    /// Creates the section with its defaults.
    public init() {}
  }
}

extension Configuration.Batch {
  enum Key: String, ConfigurationWord {
    case size, microshards
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    size = try reader.integer(.size) ?? size
    microshards = try reader.integer(.microshards, in: 1...4096) ?? microshards
    guard size < microshards else { return }
    throw reader.node(.size) != nil
      ? reader.error(.size, expected: "at least batch.microshards (\(microshards))")
      : reader.error(.microshards, expected: "at most batch.size (\(size))")
  }

  var json: JSON {
    .section([Key.size: .integer(size), .microshards: .integer(microshards)])
  }
}

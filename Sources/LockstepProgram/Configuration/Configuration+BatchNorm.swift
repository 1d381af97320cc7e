package import Configurations
package import Records

extension Configuration {
  /// What batch normalization takes its statistics over: section `batch_norm`.
  public struct BatchNorm: Equatable, Sendable {
    /// The samples that share a mean and a variance.
    public enum Statistics: String, ConfigurationWord {
      /// The whole batch, synchronized over all ranks.
      case global
      /// Each microshard, without communication: Hoffer, Hubara, Soudry 2017, arXiv:1705.08741.
      case microshard
      /// The part of a rank: the result then depends on the number of ranks.
      case rank
    }

    /// The samples that share a mean and a variance.
    public var statistics = Statistics.global

    /// Creates the section with its defaults.
    public init() {}
  }
}

extension Configuration.BatchNorm {
  enum Key: String, ConfigurationWord {
    case statistics
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    statistics = try reader.word(.statistics) ?? statistics
  }

  var json: JSON { .section([Key.statistics: .word(statistics)]) }
}

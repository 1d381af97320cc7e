package import Configurations
package import Records

extension Configuration {
  /// How sums over the ranks are made: section `reduction`.
  ///
  /// No result depends on it.
  public struct Reduction: Equatable, Sendable {
    /// What goes on while the ranks compute.
    public enum Overlap: String, ConfigurationWord {
      /// A thread of its own between hosts that have a core to spare for it, calls otherwise.
      case auto
      /// Nothing: each sum is waited for where it begins.
      case off
      /// Sums go on between computations.
      case calls
      /// A thread of its own lets sums go on.
      case thread
    }

    /// The bytes of gradients that are reduced in one communication, 4 to 2³¹; nil to choose by measurement.
    public var bucketBytes: Int?

    /// What goes on while the ranks compute.
    public var overlap = Overlap.auto

    /// Every so many ranks of a host are treated as if they were alone on it; nil for all that are there.
    ///
    /// It serves to try on one machine what happens between hosts.
    public var ranksPerHost: Int?

    /// Creates the section with its defaults.
    public init() {}
  }

  /// Who makes the sums over the ranks: key `collectives`.
  public enum Collectives: String, ConfigurationWord {
    /// This program, along one tree: the same bits for any number of ranks.
    case exact
    /// `MPI_Allreduce`, for comparison: the results depend on the number of ranks.
    case mpi
  }
}

extension Configuration.Reduction {
  enum Key: String, ConfigurationWord {
    case overlap
    case bucketBytes = "bucket_bytes"
    case ranksPerHost = "ranks_per_host"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    bucketBytes = try reader.integer(.bucketBytes, in: 4...(1 << 31))
    overlap = try reader.word(.overlap) ?? overlap
    ranksPerHost = try reader.integer(.ranksPerHost)
  }

  var json: JSON {
    .section([
      Key.bucketBytes: bucketBytes.map(JSON.integer), .overlap: .word(overlap),
      .ranksPerHost: ranksPerHost.map(JSON.integer),
    ])
  }
}

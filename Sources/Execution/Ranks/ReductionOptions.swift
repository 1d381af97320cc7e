/// How sums over the ranks are made; no result depends on it.
public struct ReductionOptions: Hashable, Sendable {
  /// The bytes of gradients that are reduced in one communication, 4 to 2³¹; nil to choose by measurement.
  public var bucketByteCount: Int?

  /// What goes on while the ranks compute; nil for a thread of its own between hosts that have a core to spare for it,
  /// and calls otherwise.
  public var overlap: Overlap?

  /// So many ranks of a host are treated as if they were alone on it; nil for all that are there.
  ///
  /// It serves to try on one machine what happens between hosts.
  public var ranksPerHost: Int?

  /// Used where nothing is measured.
  public static let usualBucketByteCount = 1 << 20

  /// Creates the options; by default all is chosen.
  public init(bucketByteCount: Int? = nil, overlap: Overlap? = nil, ranksPerHost: Int? = nil) {
    self.bucketByteCount = bucketByteCount
    self.overlap = overlap
    self.ranksPerHost = ranksPerHost
  }
}

/// What sums over the ranks do while these compute.
public enum Overlap: String, Hashable, Sendable, CaseIterable {
  /// Nothing: a sum is done when its start returns.
  case off
  /// Sums go on at every call of the reduction; no thread is needed.
  case calls
  /// A thread of its own lets sums go on, for which a core should be spare.
  case thread
}

/// Who makes the sums over the ranks; a part of the bits.
public enum Collectives: String, Hashable, Sendable, CaseIterable {
  /// This program, along one tree: the same bits for any number of ranks.
  case exact
  /// `MPI_Allreduce`, for comparison: the results depend on the number of ranks.
  case mpi
}

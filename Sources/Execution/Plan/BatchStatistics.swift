/// Over what the statistics of batch normalizations are taken.
public enum BatchStatistics: String, Hashable, Sendable {
  /// Over the global batch, on all ranks.
  case global
  /// Over each microshard by itself: ghost batch norm, without communication.
  case microshard
  /// Over the microshards of a rank, as other trainers do; the result depends on the number of ranks.
  case rank
  /// The running statistics, which then stay as they are: gradients of the network as it is evaluated.
  case running
}

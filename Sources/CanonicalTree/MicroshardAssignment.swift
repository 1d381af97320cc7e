import Mistakes

/// Which microshards each rank computes: contiguous ranges, as equal as possible, the larger ones first.
///
/// Eight microshards on three ranks are 0..<3, 3..<6, 6..<8.
public struct MicroshardAssignment: Hashable, Sendable {
  private let partition: EvenPartition

  /// Shares `microshardCount` microshards among `rankCount` ranks, 1 ≤ ranks ≤ microshards.
  public init(microshardCount: Int, rankCount: Int) {
    require(
      rankCount >= 1 && rankCount <= microshardCount,
      "given \(rankCount) ranks for \(microshardCount) microshards but 1 to \(microshardCount) needed")
    partition = EvenPartition(count: microshardCount, partCount: rankCount)
  }

  /// The microshards of a batch, V.
  public var microshardCount: Int { partition.count }
  /// The ranks, N ≤ V.
  public var rankCount: Int { partition.partCount }

  /// The microshards of a rank, at least one.
  public subscript(rank: Int) -> Range<Int> { partition[rank] }
}

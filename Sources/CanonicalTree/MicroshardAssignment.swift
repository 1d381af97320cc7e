import Mistakes

/// Which microshards each rank computes: contiguous ranges, as equal as possible, the larger ones first.
///
/// Eight microshards on three ranks are 0..<3, 3..<6, 6..<8.
public struct MicroshardAssignment: Hashable, Sendable {
  /// The microshards of a batch, V.
  public let microshardCount: Int
  /// The ranks, N ≤ V.
  public let rankCount: Int

  /// Shares `microshardCount` microshards among `rankCount` ranks, 1 ≤ ranks ≤ microshards.
  public init(microshardCount: Int, rankCount: Int) {
    require(
      rankCount >= 1 && rankCount <= microshardCount,
      "given \(rankCount) ranks for \(microshardCount) microshards but 1 to \(microshardCount) needed")
    self.microshardCount = microshardCount
    self.rankCount = rankCount
  }

  /// The microshards of a rank, at least one.
  public subscript(rank: Int) -> Range<Int> {
    let (share, rest) = microshardCount.quotientAndRemainder(dividingBy: rankCount)
    let begin = rank * share + min(rank, rest)
    return begin..<begin + share + (rank < rest ? 1 : 0)
  }
}

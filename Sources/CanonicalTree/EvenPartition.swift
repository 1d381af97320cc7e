import Mistakes

/// How a run of things is cut into contiguous parts whose sizes differ by at most one, the larger ones first.
///
/// Eight things in three parts are 0..<3, 3..<6, 6..<8. A ``MicroshardAssignment`` so gives each rank its
/// microshards, and a minimization cuts its samples so into blocks. The microshards of a training are cut
/// otherwise, by a ``MicroshardPartition``: their places must not move when the last batch of an epoch is
/// short.
public struct EvenPartition: Hashable, Sendable {
  /// The number of things, ≥ 0.
  public let count: Int
  /// The number of parts, ≥ 1; with fewer things than parts the last parts are empty.
  public let partCount: Int

  /// Cuts `count` ≥ 0 things into `partCount` ≥ 1 parts.
  public init(count: Int, partCount: Int) {
    require(
      count >= 0 && partCount >= 1,
      "given \(count) things in \(partCount) parts but at least 0 and 1 needed")
    self.count = count
    self.partCount = partCount
  }

  /// The things of a part, 0 ..< ``partCount``.
  public subscript(part: Int) -> Range<Int> {
    let (share, rest) = count.quotientAndRemainder(dividingBy: partCount)
    let begin = part * share + min(part, rest)
    return begin..<begin + share + (part < rest ? 1 : 0)
  }
}

/// One rank by itself, without MPI: the oracle that all others are held against.
public final class SingleRank: Ranks {
  /// Makes the only rank.
  public init() {}

  /// Whether this rank has met a mistake of the user.
  public var hasAgreedOnMistake = false

  /// 0.
  public var rank: Int { 0 }

  /// 1.
  public var count: Int { 1 }

  /// A name for messages, in which no other host occurs.
  public var host: String { "this host" }

  /// Makes sums in this process alone, a ``SerialReduction``.
  public func makeSums(_ request: SumRequest) -> RankSums {
    RankSums(
      reduction: SerialReduction(microshardCount: request.microshardCount),
      bucketByteCount: request.options.bucketByteCount ?? ReductionOptions.usualBucketByteCount,
      description: { "none" })
  }

  /// The value itself.
  public func minimum(_ value: Int) -> Int { value }

  /// The bytes themselves.
  public func broadcast(_ bytes: [UInt8]) -> [UInt8] { bytes }

  /// The bytes themselves.
  public func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
}

/// All microshards on one rank: the oracle that every other reduction is held against.
public final class SerialReduction: BatchReduction {
  /// The microshards of a batch, V.
  public let microshardCount: Int
  private var memory: [AlignedMemory] = []

  /// Makes the reduction of a single rank that computes all of `microshardCount` microshards.
  public init(microshardCount: Int) {
    self.microshardCount = microshardCount
  }

  /// All microshards.
  public var microshards: Range<Int> { 0..<microshardCount }

  /// Makes one summand for each sum, the root, which is the result as well.
  public func prepare(_ sums: [BatchSum]) -> [BatchSumMemory] {
    memory = sums.map { AlignedMemory(byteCount: $0.byteCount) }
    return memory.map { BatchSumMemory(summands: [$0.base], result: $0.base) }
  }

  /// Does nothing: nobody else reads.
  public func releaseResults() {}

  /// Does nothing: nobody else reads.
  public func acquireSummands() {}

  /// Does nothing: the executor's own fold has made the root.
  public func start(_ sum: Int) {}

  /// Does nothing.
  public func finish(_ sum: Int) {}
}

import CanonicalTree

/// What an executor asks whenever a sum over the batch is needed.
///
/// The reduction owns the memory of the sums, so that it may lie where other ranks can read it. The executor
/// writes its summands (one for each subtree of the canonical tree that its microshards form), starts the
/// sum, does other work, finishes it, and reads the result. Sums are started in the same order by all ranks.
/// Each batch begins with ``releaseResults()`` and, before the first summand is written,
/// ``acquireSummands()``.
public protocol BatchReduction: AnyObject {
  /// The microshards of a batch over all ranks, V.
  var microshardCount: Int { get }

  /// The contiguous microshards that this rank computes.
  var microshards: Range<Int> { get }

  /// Makes the memory of sums, which lives as long as the reduction. Every rank must call this with equal sums.
  ///
  /// - Returns: for each sum its memory; sums are named by their positions from then on.
  func prepare(_ sums: [BatchSum]) throws -> [BatchSumMemory]

  /// Says that this rank reads the results of the batch before no longer.
  func releaseResults() throws

  /// Waits until the summands may be written anew: until no rank reads what it read of the batch before.
  func acquireSummands() throws

  /// Begins the sum at a position; its summands have been written.
  func start(_ sum: Int) throws

  /// Lets sums go on that were started, without waiting for anybody; called often while a rank computes.
  func advance() throws

  /// Waits until the result of a started sum can be read.
  func finish(_ sum: Int) throws

  /// Learns the names of the executor's operations; returns where it says what it computes, nil if nobody watches.
  func watch(operations: [String]) -> ProgressRecord?
}

extension BatchReduction {
  /// The subtrees of the canonical tree that this rank's microshards form, from left to right.
  public var subtrees: [Range<Int>] {
    CanonicalTree(leafCount: microshardCount).subtrees(in: microshards)
  }

  /// Does nothing: for sums that are made as they start or as they finish.
  public func advance() {}

  /// Nothing: nobody watches.
  public func watch(operations: [String]) -> ProgressRecord? { nil }
}

/// Where the summands of one sum are written and its result is read; 64-byte aligned.
public struct BatchSumMemory {
  /// The summands of this rank, one for each of its subtrees.
  public var summands: [UnsafeMutableRawPointer]
  /// The sum over all ranks, after it has finished and until it is started again; may coincide with a summand.
  public var result: UnsafeMutableRawPointer

  /// Takes memory that its maker keeps alive as long as the reduction.
  public init(summands: [UnsafeMutableRawPointer], result: UnsafeMutableRawPointer) {
    self.summands = summands
    self.result = result
  }
}

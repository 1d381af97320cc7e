public import Execution
public import MPI

/// Sums over all ranks by messages: every rank gathers the node sums of all and finishes the canonical tree itself.
///
/// Nothing is added on the way, so that the network chooses no order of summation. A sum of b bytes makes each
/// rank receive about N·b bytes; this is the simple transport.
public final class MessageReduction: BatchReduction {
  /// The microshards of a batch over all ranks, V.
  public let microshardCount: Int
  /// The contiguous microshards of this rank.
  public let microshards: Range<Int>

  private let communicator: Communicator
  private let tree: ReductionTree
  private var exchanges: [Exchange] = []

  /// Makes the reduction over the ranks of a communicator.
  ///
  /// Every rank must call this with the same count.
  ///
  /// - Parameters:
  ///   - communicator: the ranks; messages of the reduction keep to a duplicate of it.
  ///   - microshardCount: the microshards of a batch, at least one for each rank.
  public init(_ communicator: Communicator, microshardCount: Int) throws(MPIError) {
    let assignment = MicroshardAssignment(microshardCount: microshardCount, rankCount: communicator.size)
    self.communicator = try communicator.duplicate()
    self.microshardCount = microshardCount
    microshards = assignment[communicator.rank]
    tree = ReductionTree(assignment)
  }

  /// Makes room for the nodes of all ranks, this rank's in their place among them.
  public func prepare(_ sums: [BatchSum]) -> [BatchSumMemory] {
    exchanges = sums.map { Exchange($0, nodeCount: tree.nodeCount) }
    let first = tree.firstPlaces[communicator.rank]
    return exchanges.map { exchange in
      BatchSumMemory(
        nodes: (first..<first + tree.nodeCounts[communicator.rank]).map(exchange.node),
        result: exchange.node(0))
    }
  }

  /// Does nothing: each rank reads its own memory only.
  public func releaseResults() {}

  /// Does nothing: each rank reads its own memory only.
  public func acquireSummands() {}

  /// Starts to gather the nodes of all ranks.
  ///
  /// Every rank must call this, for the same sums in the same order.
  ///
  /// - Throws: `MPIError`.
  public func start(_ sum: Int) throws {
    guard communicator.size > 1 else { return }
    let exchange = exchanges[sum]
    exchange.request = try communicator.startAllGatherV(
      exchange.words, counts: tree.nodeCounts.map { $0 * exchange.nodeWordCount })
  }

  /// Waits for the nodes of all ranks and merges them to the root.
  ///
  /// - Throws: `MPIError`.
  public func finish(_ sum: Int) throws {
    let exchange = exchanges[sum]
    if let request = exchange.request.take() { try request.wait() }
    for merge in tree.merges {
      exchange.sum.merge(exchange.node(merge.from), into: exchange.node(merge.into))
    }
  }

  /// The memory and the message of one sum.
  private final class Exchange {
    let sum: BatchSum
    /// The 32-bit words of one node, padding to a cache line included.
    let nodeWordCount: Int
    private let memory: AlignedMemory
    var request: Request?

    init(_ sum: BatchSum, nodeCount: Int) {
      self.sum = sum
      nodeWordCount = AlignedMemory.padded(sum.byteCount) / 4
      memory = AlignedMemory(byteCount: 4 * nodeWordCount * nodeCount)
    }

    func node(_ place: Int) -> UnsafeMutableRawPointer {
      memory.base + 4 * nodeWordCount * place
    }

    /// All nodes as words: messages carry bits and do not look at them.
    var words: UnsafeMutableBufferPointer<Int32> {
      UnsafeMutableBufferPointer(
        start: memory.base.assumingMemoryBound(to: Int32.self), count: memory.byteCount / 4)
    }
  }
}

public import Execution
public import MPI
import Synchronization

/// Sums over the ranks of one host, straight from their memory.
///
/// The summands of all ranks lie in one shared window. Of a large sum each rank adds up a slice along the canonical
/// tree and writes it where all ranks read the result, in the place of the first node; of a small one each rank adds
/// up everything for itself, which saves a second round of waiting. No rank copies gradients.
///
/// Ranks tell each other by counters in the window: how many sums they have started, how many slices they have
/// finished, and up to which batch they have read all results.
public final class SharedMemoryReduction: BatchReduction {
  /// The microshards of a batch over all ranks, V.
  public let microshardCount: Int
  /// The contiguous microshards of this rank.
  public let microshards: Range<Int>

  /// Sums of at most this many bytes are added up by every rank for itself.
  private static let mostSmallBytes = 16 << 10
  /// The bytes of a slice that are added up at once, so that partial sums stay in the first-level cache.
  private static let blockByteCount = 8 << 10

  private let communicator: Communicator
  private let tree: ReductionTree
  private let yields: Bool
  private var window: SharedWindow?
  private var sums: [Shared] = []
  private var batch = 0
  /// Partial sums of a block, by their place in the tree.
  private let scratch: AlignedMemory

  /// One sum in the window.
  private struct Shared {
    var sum: BatchSum
    /// By place, the node's memory.
    var nodes: [UnsafeMutableRawPointer]
    /// What every rank adds up for itself; nil for large sums.
    var gathered: AlignedMemory?
    /// How often the sum has been started.
    var generation = 0

    func gatheredNode(_ place: Int, in memory: AlignedMemory) -> UnsafeMutableRawPointer {
      memory.base + AlignedMemory.padded(sum.byteCount) * place
    }
  }

  /// Makes the reduction over the ranks of one host.
  ///
  /// Every rank must call this with equal arguments.
  ///
  /// - Parameters:
  ///   - communicator: ranks that share memory.
  ///   - microshardCount: the microshards of a batch, at least one for each rank.
  ///   - sharesCores: whether there are more threads than cores, so that who waits must let others run.
  public init(_ communicator: Communicator, microshardCount: Int, sharesCores: Bool) throws(MPIError) {
    let assignment = MicroshardAssignment(microshardCount: microshardCount, rankCount: communicator.size)
    self.communicator = try communicator.duplicate()
    self.microshardCount = microshardCount
    microshards = assignment[communicator.rank]
    tree = ReductionTree(assignment)
    yields = sharesCores
    scratch = AlignedMemory(byteCount: Self.blockByteCount * tree.nodeCount)
  }

  // MARK: - The window

  /// The bytes that the windows of all ranks need together.
  package static func byteCount(of sums: [BatchSum], microshardCount: Int, ranks: Int) -> Int {
    let tree = ReductionTree(MicroshardAssignment(microshardCount: microshardCount, rankCount: ranks))
    return nodeByteCount(of: sums) * tree.nodeCount + counterByteCount(of: sums) * ranks
  }

  /// The bytes of one node of every sum.
  private static func nodeByteCount(of sums: [BatchSum]) -> Int {
    sums.reduce(0) { $0 + AlignedMemory.padded($1.byteCount) }
  }

  /// The bytes of a rank's counters, which stand before its nodes.
  private static func counterByteCount(of sums: [BatchSum]) -> Int {
    Counter.stride * (1 + 2 * sums.count)
  }

  /// Makes the window: counters first, then the nodes of this rank.
  ///
  /// - Throws: `MPIError` if there is no room for the window.
  public func prepare(_ sums: [BatchSum]) throws -> [BatchSumMemory] {
    let counterByteCount = Self.counterByteCount(of: sums)
    let window = try SharedWindow(
      communicator,
      byteCount: counterByteCount + Self.nodeByteCount(of: sums) * tree.nodeCounts[communicator.rank])
    self.window = window
    var offsets = [Int](repeating: counterByteCount, count: communicator.size)
    self.sums = sums.map { sum in
      let size = AlignedMemory.padded(sum.byteCount)
      var nodes: [UnsafeMutableRawPointer] = []
      for rank in 0..<communicator.size {
        guard let base = window.part(of: rank).baseAddress else { preconditionFailure("an empty window") }
        nodes += (0..<tree.nodeCounts[rank]).map { base + offsets[rank] + $0 * size }
        offsets[rank] += size * tree.nodeCounts[rank]
      }
      let isSmall = sum.kind == .moments || sum.byteCount <= Self.mostSmallBytes
      return Shared(
        sum: sum, nodes: nodes, gathered: isSmall ? AlignedMemory(byteCount: size * nodes.count) : nil)
    }
    try communicator.barrier()
    let first = tree.firstPlaces[communicator.rank]
    return self.sums.map { shared in
      BatchSumMemory(
        nodes: Array(shared.nodes[first..<first + tree.nodeCounts[communicator.rank]]),
        result: shared.gathered?.base ?? shared.nodes[0])
    }
  }

  /// Which counter of a rank's part.
  private enum Counter {
    /// One counter a cache line, so that ranks that wait do not disturb ranks that write.
    static let stride = AlignedMemory.alignment
    case batchesRead
    case started(Int)
    case sliced(Int)

    var offset: Int {
      switch self {
      case .batchesRead: 0
      case .started(let sum): Self.stride * (1 + 2 * sum)
      case .sliced(let sum): Self.stride * (2 + 2 * sum)
      }
    }
  }

  private func set(_ counter: Counter, _ value: Int) {
    pointer(counter, of: communicator.rank).pointee.store(value, ordering: .releasing)
  }

  /// Waits until a counter of every rank has reached `value`.
  private func wait(_ counter: Counter, _ value: Int) {
    for rank in 0..<communicator.size {
      let pointer = pointer(counter, of: rank)
      var spins = 0
      while pointer.pointee.load(ordering: .acquiring) < value {
        spins += 1
        if yields || spins > 10_000 { yieldProcessor() }
      }
    }
  }

  private func pointer(_ counter: Counter, of rank: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    guard let base = window?.part(of: rank).baseAddress else { preconditionFailure("sums were not prepared") }
    return (base + counter.offset).assumingMemoryBound(to: Atomic<Int>.self)
  }

  // MARK: - Sums

  /// Tells the other ranks that this one has read all results.
  public func releaseResults() {
    batch += 1
    set(.batchesRead, batch)
  }

  /// Waits until all ranks have read the results of the batch before.
  public func acquireSummands() {
    wait(.batchesRead, batch)
  }

  /// Tells the other ranks that this one's summands are there.
  public func start(_ sum: Int) {
    sums[sum].generation += 1
    set(.started(sum), sums[sum].generation)
  }

  /// Waits for the summands of all ranks and adds them up; the result of a large sum is there for all.
  public func finish(_ sum: Int) {
    let shared = sums[sum]
    wait(.started(sum), shared.generation)
    if let memory = shared.gathered {
      for (place, node) in shared.nodes.enumerated() {
        shared.gatheredNode(place, in: memory).copyMemory(from: node, byteCount: shared.sum.byteCount)
      }
      for merge in tree.merges {
        shared.sum.merge(
          shared.gatheredNode(merge.from, in: memory), into: shared.gatheredNode(merge.into, in: memory))
      }
      return
    }
    addSlice(shared)
    set(.sliced(sum), shared.generation)
    wait(.sliced(sum), shared.generation)
  }

  /// Adds up this rank's slice of a large sum, block by block.
  private func addSlice(_ shared: Shared) {
    let elementByteCount = shared.sum.elementByteCount
    let line = AlignedMemory.alignment / elementByteCount
    let lines = (shared.sum.count + line - 1) / line
    let (rank, size) = (communicator.rank, communicator.size)
    let slice = lines * rank / size * line..<min(lines * (rank + 1) / size * line, shared.sum.count)
    let block = Self.blockByteCount / elementByteCount
    var values = shared.nodes
    for begin in stride(from: slice.lowerBound, to: slice.upperBound, by: block) {
      let count = min(block, slice.upperBound - begin)
      for place in values.indices { values[place] = shared.nodes[place] + begin * elementByteCount }
      let result = values[0]
      for (index, merge) in tree.merges.enumerated() {
        // Partial sums go to scratch memory and the root over the first node: other ranks' summands stay as they are.
        let target =
          index == tree.merges.count - 1 ? result : scratch.base + Self.blockByteCount * merge.into
        shared.sum.add(values[merge.into], values[merge.from], to: target, count: count)
        values[merge.into] = target
      }
    }
  }
}

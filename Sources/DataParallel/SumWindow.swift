import Execution
import MPI
import Synchronization

/// The memory that the ranks of a host share for their sums, and the counters by which they wait for each other.
///
/// Each rank's part holds its counters, then its summands of all sums; the first rank's part also what comes
/// from other hosts for all ranks to read.
final class SumWindow {
  /// Something that ranks count in front of each other.
  enum Counter {
    /// The batches whose results the rank has read.
    case batchesRead
    /// How often the rank has written the summands of a sum.
    case written(sum: Int)
    /// How often the rank has finished what the others of its host need of it for a sum.
    case served(sum: Int)

    /// One counter a cache line, so that ranks that wait do not disturb ranks that write.
    fileprivate static let stride = AlignedMemory.alignment

    fileprivate var offset: Int {
      switch self {
      case .batchesRead: 0
      case .written(let sum): Self.stride * (1 + 2 * sum)
      case .served(let sum): Self.stride * (2 + 2 * sum)
      }
    }
  }

  /// What lies where.
  struct Layout {
    /// The subtrees of the ranks of the host.
    let tree: ReductionTree
    /// The bytes of a summand, by sum, padding included.
    let summandByteCounts: [Int]
    /// The bytes that come from other hosts for all ranks, by sum, padding included.
    let inboxByteCounts: [Int]

    init(_ sums: [BatchSum], tree: ReductionTree, inboxSummandCounts: [Int]) {
      self.tree = tree
      summandByteCounts = sums.map { AlignedMemory.padded($0.byteCount) }
      inboxByteCounts = zip(summandByteCounts, inboxSummandCounts).map { $0 * $1 }
    }

    /// Where the summands begin in a part.
    private var summandsOffset: Int { Counter.stride * (1 + 2 * summandByteCounts.count) }

    /// Where the summands of a sum begin in a rank's part.
    func summandsOffset(sum: Int, rank: Int) -> Int {
      summandsOffset + tree.subtreeCounts[rank] * summandByteCounts[..<sum].reduce(0, +)
    }

    /// Where in the first rank's part the partial sums from other hosts begin.
    func inboxOffset(sum: Int) -> Int {
      summandsOffset(sum: summandByteCounts.count, rank: 0) + inboxByteCounts[..<sum].reduce(0, +)
    }

    /// The bytes of a rank's part.
    func byteCount(rank: Int) -> Int {
      rank == 0
        ? inboxOffset(sum: summandByteCounts.count) : summandsOffset(sum: summandByteCounts.count, rank: rank)
    }

    /// The bytes of all parts, each with the page it may not fill and the library's own.
    var byteCount: Int {
      tree.subtreeCounts.indices.reduce(0) { $0 + byteCount(rank: $1) + 2 * 4096 }
    }
  }

  private let layout: Layout
  private let window: SharedWindow
  private let rank: Int
  private let parts: [UnsafeMutableRawPointer]

  /// Allocates the window, a part for each rank, and clears it.
  ///
  /// Every rank of the host must call this, with an equal layout.
  init(_ host: Communicator, _ layout: Layout) throws(MPIError) {
    self.layout = layout
    rank = host.rank
    let window = try SharedWindow(host, byteCount: layout.byteCount(rank: host.rank))
    self.window = window
    parts = (0..<host.size).compactMap { window.part(of: $0).baseAddress }
    // Nobody writes before everybody's part has been cleared.
    try host.barrier()
  }

  /// Gives the memory back.
  ///
  /// Every rank of the host must call this.
  func free() throws(MPIError) {
    try window.free()
  }

  /// By place, the summands of a sum.
  func summands(sum: Int) -> [UnsafeMutableRawPointer] {
    parts.indices.flatMap { rank in
      (0..<layout.tree.subtreeCounts[rank]).map {
        parts[rank] + layout.summandsOffset(sum: sum, rank: rank) + $0 * layout.summandByteCounts[sum]
      }
    }
  }

  /// What comes from other hosts for all ranks of this one.
  func inbox(sum: Int) -> UnsafeMutableRawPointer {
    parts[0] + layout.inboxOffset(sum: sum)
  }

  // MARK: - Counters

  /// Tells the other ranks how far this one is.
  func set(_ counter: Counter, _ value: Int) {
    pointer(counter, of: rank).pointee.store(value, ordering: .releasing)
  }

  /// Whether the first ranks of the host, `rankCount` of them, have come to `value`.
  func hasReached(_ counter: Counter, _ value: Int, rankCount: Int) -> Bool {
    for rank in 0..<rankCount where pointer(counter, of: rank).pointee.load(ordering: .acquiring) < value {
      return false
    }
    return true
  }

  /// Whether all ranks of the host have come to `value`.
  func hasReached(_ counter: Counter, _ value: Int) -> Bool {
    hasReached(counter, value, rankCount: parts.count)
  }

  private func pointer(_ counter: Counter, of rank: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    (parts[rank] + counter.offset).assumingMemoryBound(to: Atomic<Int>.self)
  }
}

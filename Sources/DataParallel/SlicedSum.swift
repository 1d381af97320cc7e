import Execution
import MPI

/// A large sum, of which each rank adds up a slice.
///
/// On one host a rank adds up its slice straight from its neighbours' memory and writes it over the first
/// summand, where all read it. With several hosts each carries its slice on: it sends every other host that
/// host's piece of the slice, adds up its own host's piece of what all hosts have, and sends that to the
/// others. So a host sends, and receives, 2 (H − 1) / H times the bytes of the sum, as in a ring, if the
/// microshards of a host form one subtree.
final class SlicedSum: RankSum {
  private enum Stage {
    /// Not all ranks of the host have written their summands.
    case gathering
    /// Slices travel between hosts.
    case exchanging
    /// Other ranks of the host have not finished their slices.
    case waiting
  }

  private var stage = Stage.gathering
  private let carrierCount: Int
  /// The bytes that this rank adds up without any other host; none where there are several.
  private let slice: Range<Int>
  private let hostFold: SubtreeFold
  private let exchange: SliceExchange?

  /// Prepares a sum.
  init(_ sum: BatchSum, index: Int, window: SumWindow, plan: ReductionPlan, communicator: Communicator) {
    let summands = window.summands(sum: index)
    let hostFold = SubtreeFold(sum, plan.hostTree, summands: summands)
    self.hostFold = hostFold
    carrierCount = plan.carrierCount
    let rank = plan.topology.host.rank
    let slice =
      rank < plan.carrierCount
      ? (0..<sum.byteCount).lines(part: rank, of: plan.carrierCount) : 0..<0
    self.slice = slice
    exchange =
      plan.hostCount > 1 && rank < plan.carrierCount
      ? SliceExchange(
        sum, index: index, slice: slice, summands: summands, hostFold: hostFold, plan: plan,
        communicator: communicator) : nil
    super.init(
      sum, index: index, window: window, summands: Array(summands[plan.ownPlaces]), result: summands[0])
  }

  override func start() throws {
    stage = .gathering
    try exchange?.start()
    try super.start()
  }

  override func advance() throws -> Bool {
    switch stage {
    case .gathering:
      guard window.hasReached(.written(sum: index), generation) else { return false }
      if exchange != nil {
        stage = .exchanging
      } else {
        hostFold(slice)
        serve()
      }
    case .exchanging:
      guard let exchange else { return false }
      let isMoving = try exchange.advance()
      guard exchange.isDone else { return isMoving }
      serve()
    case .waiting:
      guard window.hasReached(.served(sum: index), generation, rankCount: carrierCount) else { return false }
      isDone = true
    }
    return true
  }

  override var awaitedRanks: [Int] { stage == .exchanging ? exchange?.awaitedRanks ?? [] : [] }

  /// Tells the others of the host that this rank's slice is there.
  private func serve() {
    window.set(.served(sum: index), generation)
    stage = .waiting
  }
}

extension Range<Int> {
  /// The bytes of one of `count` equal parts, cut at cache lines.
  func lines(part: Int, of count: Int) -> Range<Int> {
    let line = AlignedMemory.alignment
    let lines = (self.count + line - 1) / line
    func bound(_ part: Int) -> Int { Swift.min(lowerBound + lines * part / count * line, upperBound) }
    return bound(part)..<bound(part + 1)
  }
}

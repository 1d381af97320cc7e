import CanonicalTree
public import Execution
public import MPI

/// Sums over all ranks by `MPI_Allreduce`, for comparison: the library chooses the order of summation.
///
/// The results depend on the number of ranks, and may depend on where they are. Each rank adds up its own microshards along
/// the canonical tree, one range after the other.
public final class LibraryReduction: BatchReduction {
  /// The microshards of a batch over all ranks, V.
  public let microshardCount: Int
  /// The contiguous microshards of this rank.
  public let microshards: Range<Int>

  private let communicator: Communicator
  private let recorder: FlightRecorder?
  private var sums: [(sum: BatchSum, summands: [AlignedMemory])] = []

  /// Makes the reduction over the ranks of a communicator.
  ///
  /// Every rank must call this with the same count.
  public convenience init(_ communicator: Communicator, microshardCount: Int) throws(MPIError) {
    try self.init(communicator, microshardCount: microshardCount, recorder: nil)
  }

  /// Makes the reduction, which says in `recorder` what it does.
  package init(
    _ communicator: Communicator, microshardCount: Int, recorder: FlightRecorder?
  ) throws(MPIError) {
    self.recorder = recorder
    self.communicator = try communicator.duplicate()
    self.microshardCount = microshardCount
    let assignment = MicroshardAssignment(microshardCount: microshardCount, rankCount: communicator.size)
    microshards = assignment[communicator.rank]
  }

  /// Makes memory of this rank's own.
  public func prepare(_ sums: [BatchSum]) -> [BatchSumMemory] {
    self.sums = sums.map { sum in (sum, subtrees.map { _ in AlignedMemory(byteCount: sum.byteCount) }) }
    return self.sums.map { BatchSumMemory(summands: $0.summands.map(\.base), result: $0.summands[0].base) }
  }

  /// Does nothing: each rank reads its own memory only.
  public func releaseResults() {}

  /// Does nothing: each rank reads its own memory only.
  public func acquireSummands() {}

  /// Makes the sum.
  ///
  /// Every rank must call this, for the same sums in the same order.
  ///
  /// - Throws: `MPIError`.
  public func start(_ index: Int) throws {
    guard let recorder else { return try addUp(index) }
    try recorder.collective(sums[index].sum.name) { try addUp(index) }
  }

  /// Where the executor says what it computes.
  public func watch(operations: [String]) -> ProgressRecord? { recorder?.progress(operations: operations) }

  private func addUp(_ index: Int) throws {
    let (sum, summands) = sums[index]
    for summand in summands.dropFirst() { sum.merge(summand.base, into: summands[0].base) }
    switch sum.kind {
    case .gradients: try addUp(summands[0], Float.self, count: sum.count)
    case .sums: try addUp(summands[0], Double.self, count: sum.count)
    case .moments: try mergeMoments(summands[0].base.assumingMemoryBound(to: Double.self), sum.count / 2)
    }
  }

  /// Does nothing: the sum was made at its start.
  public func finish(_ sum: Int) {}

  private func addUp<Element: MPIDatatype>(
    _ memory: AlignedMemory, _ type: Element.Type, count: Int
  ) throws(MPIError) {
    try communicator.allReduce(
      UnsafeMutableBufferPointer(start: memory.base.assumingMemoryBound(to: type), count: count), .sum)
  }

  /// First the means over all ranks, then the squared deviations from those.
  private func mergeMoments(_ moments: UnsafeMutablePointer<Double>, _ channels: Int) throws(MPIError) {
    let own = Array(UnsafeBufferPointer(start: moments, count: 1 + channels))
    for channel in 1...channels { moments[channel] *= moments[0] }
    try communicator.allReduce(UnsafeMutableBufferPointer(start: moments, count: 1 + channels), .sum)
    for channel in 1...channels {
      moments[channel] /= moments[0]
      let difference = own[channel] - moments[channel]
      moments[channels + channel] += own[0] * difference * difference
    }
    try communicator.allReduce(
      UnsafeMutableBufferPointer(start: moments + 1 + channels, count: channels), .sum)
  }
}

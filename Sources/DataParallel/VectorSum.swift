import CanonicalTree
import Execution
import MPI
import Mistakes

/// Exact sums over all ranks of vectors of `Double`s, of any length that is asked for.
///
/// Like a ``RankReduction``, of which it makes one for each length, it gives the same bits however many ranks
/// there are. It is for programs that make the leaves of the canonical tree themselves, without an executor:
/// the blocks of samples of a minimization.
///
/// ```swift
/// let sum = VectorSum(try Topology(world), leafCount: 8, sharesCores: false)
/// let total = try sum(length: 6) { index in gradient(ofBlock: index) }
/// ```
public final class VectorSum {
  /// The leaves of the canonical tree over all ranks, V.
  public let leafCount: Int

  private let topology: Topology
  private let sharesCores: Bool
  private let recorder: FlightRecorder?
  /// By length, what sums vectors of it.
  private var reductions: [Int: PreparedReduction] = [:]

  /// Makes the sums over ranks; memory is taken with the first vector of a length.
  ///
  /// - Parameters:
  ///   - topology: the ranks.
  ///   - leafCount: the leaves of the canonical tree, at least one for each rank.
  ///   - sharesCores: whether a host has more ranks than cores, so that who waits must let others run.
  public convenience init(_ topology: Topology, leafCount: Int, sharesCores: Bool) {
    self.init(topology, leafCount: leafCount, sharesCores: sharesCores, recorder: nil)
  }

  /// Makes sums whose ranks say in `recorder` what they wait for; all of them or none.
  package init(_ topology: Topology, leafCount: Int, sharesCores: Bool, recorder: FlightRecorder?) {
    self.recorder = recorder
    require(
      leafCount >= topology.ranks.size,
      "given \(leafCount) leaves but \(topology.ranks.size) needed, one for each rank")
    self.topology = topology
    self.leafCount = leafCount
    self.sharesCores = sharesCores
  }

  /// The sum of a vector for each leaf, added along the canonical tree; the same bits on every rank.
  ///
  /// Every rank must call this, with the same length.
  ///
  /// - Parameters:
  ///   - length: the elements of each vector, ≥ 0.
  ///   - leaf: returns the vector of a leaf; called for those of this rank, in ascending order.
  /// - Throws: `MPIError`, and what `leaf` throws; the other ranks then wait for this one.
  public func callAsFunction(length: Int, leaf: (_ index: Int) throws -> [Double]) throws -> [Double] {
    require(length >= 0, "no vector has \(length) elements")
    guard length > 0 else { return [] }
    let prepared = try prepared(length: length)
    let reduction = prepared.reduction
    reduction.releaseResults()
    reduction.acquireSummands()
    let tree = CanonicalTree(leafCount: leafCount)
    for (subtree, memory) in zip(reduction.subtrees, prepared.memory.summands) {
      let value = try tree.fold(subtree) { index in
        let vector = try leaf(index)
        require(vector.count == length, "leaf \(index) has \(vector.count) elements, not \(length)")
        return vector
      } merge: { left, right in
        for index in left.indices { left[index] += right[index] }
      }
      memory.bindMemory(to: Double.self, capacity: length).update(from: value, count: length)
    }
    try reduction.start(0)
    try reduction.finish(0)
    let result = prepared.memory.result.bindMemory(to: Double.self, capacity: length)
    return Array(UnsafeBufferPointer(start: result, count: length))
  }

  /// Gives the memory of the sums back.
  ///
  /// Every rank must call this. Without it, the memory stays until MPI ends.
  public func free() throws {
    // Every rank asked for the same lengths, but a dictionary has its own order on each.
    for length in reductions.keys.sorted() { try reductions[length]?.reduction.free() }
    reductions = [:]
  }

  private struct PreparedReduction {
    var reduction: RankReduction
    var memory: BatchSumMemory
  }

  private func prepared(length: Int) throws -> PreparedReduction {
    if let known = reductions[length] { return known }
    // Whoever asks for a sum needs it at once: there is nothing that it could overlap with.
    let reduction = RankReduction(
      topology, microshardCount: leafCount, sharesCores: sharesCores, overlap: .off, recorder: recorder)
    let sum = BatchSum(kind: .sums, count: length, name: "vectors of \(length)")
    let prepared = PreparedReduction(reduction: reduction, memory: try reduction.prepare([sum])[0])
    reductions[length] = prepared
    return prepared
  }
}

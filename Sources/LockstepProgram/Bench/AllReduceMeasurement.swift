import CanonicalTree
import DataParallel
import Execution
import Foundation
import MPI

/// The time of one exact sum over all ranks, and of what it is compared with; all take turns.
struct AllReduceMeasurement {
  /// What is timed, in the order of the turns.
  enum Method: Int, CaseIterable {
    /// The sum along the canonical tree.
    case ours
    /// `MPI_Allreduce` with `MPI_IN_PLACE`.
    case inPlace
    /// `MPI_Allreduce` into another buffer.
    case outOfPlace
    /// A copy of as many bytes within each rank.
    case copy
  }

  /// The number of floats.
  let count: Int
  /// By method, in the order of its cases.
  private let spreads: [Spread]

  subscript(method: Method) -> Spread { spreads[method.rawValue] }

  /// The better of the two ways of MPI, its median in seconds.
  var mpiSeconds: Double { min(self[.inPlace].median, self[.outOfPlace].median) }

  /// Checks the sum of `count` floats against the tree evaluated on one rank, then times it.
  ///
  /// Every rank must call this.
  init(count: Int, topology: Topology) throws {
    let world = topology.ranks
    self.count = count
    let sum = BatchSum(kind: .gradients, count: count, name: "\(count) floats")
    let reduction = RankReduction(
      topology, microshardCount: world.size,
      sharesCores: topology.machineRankCount > ProcessorCount.available)
    let memory = try reduction.prepare([sum])[0]
    let first = AlignedMemory(byteCount: sum.byteCount)
    let second = AlignedMemory(byteCount: sum.byteCount)
    try Self.check(sum, memory, reduction, world)

    func floats(_ base: UnsafeMutableRawPointer) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: Float.self), count: count)
    }
    let repetitionCount = max(9, min(1000, 20_000_000 / count))
    var seconds = Method.allCases.map { _ in [Double](repeating: 0, count: repetitionCount) }
    for repetition in 0..<repetitionCount {
      for method in Method.allCases {
        reduction.releaseResults()
        reduction.acquireSummands()
        Self.write(to: floats(method == .ours ? memory.summands[0] : first.base), rank: world.rank)
        try world.barrier()
        let began = ContinuousClock.now
        switch method {
        case .ours:
          try reduction.start(0)
          try reduction.finish(0)
        case .inPlace: try world.allReduce(floats(first.base), .sum)
        case .outOfPlace:
          try world.allReduce(UnsafeBufferPointer(floats(first.base)), into: floats(second.base), .sum)
        case .copy: second.base.copyMemory(from: first.base, byteCount: sum.byteCount)
        }
        seconds[method.rawValue][repetition] = (ContinuousClock.now - began) / .seconds(1)
      }
    }
    // The slowest rank counts.
    for index in seconds.indices {
      try seconds[index].withUnsafeMutableBufferPointer { try world.allReduce($0, .maximum) }
    }
    spreads = seconds.map(Spread.init)
    try reduction.free()
  }

  /// The sum of any numbers is, bit for bit, the tree over the ranks' numbers, on every rank.
  private static func check(
    _ sum: BatchSum, _ memory: BatchSumMemory, _ reduction: RankReduction, _ world: Communicator
  ) throws {
    let leaves = (0..<world.size).map { rank in
      let leaf = AlignedMemory(byteCount: sum.byteCount)
      write(
        to: UnsafeMutableBufferPointer(
          start: leaf.base.assumingMemoryBound(to: Float.self), count: sum.count), rank: rank)
      return leaf
    }
    reduction.releaseResults()
    reduction.acquireSummands()
    memory.summands[0].copyMemory(from: leaves[world.rank].base, byteCount: sum.byteCount)
    for merge in CanonicalTree(leafCount: world.size).merges(in: 0..<world.size) {
      sum.merge(leaves[merge.from].base, into: leaves[merge.into].base)
    }
    try reduction.start(0)
    try reduction.finish(0)
    let isRight = withExtendedLifetime(leaves) {
      memcmp(memory.result, leaves[0].base, sum.byteCount) == 0
    }
    guard isRight else { throw WrongSum(count: sum.count, rank: world.rank) }
  }

  /// Numbers that depend on the rank, quickly.
  private static func write(to values: UnsafeMutableBufferPointer<Float>, rank: Int) {
    for index in values.indices {
      values[index] = Float((index &* 2_654_435_761 &+ rank &* 40_503) & 0xFFFF) * 0x1p-16 + 0.1
    }
  }
}

/// A sum has come out wrong: a fault of ours.
struct WrongSum: Error, CustomStringConvertible {
  let count: Int
  let rank: Int

  var description: String { "the sum of \(count) floats on rank \(rank) is not that of the canonical tree" }
}

import CanonicalTree
import DataParallel
import MPI
import Randomness
import Testing

extension DataParallelTests {
  /// Sums of vectors, for programs without an executor.
  @Suite struct VectorSums {
    /// Lengths below and above the size at which every rank adds up for itself.
    private static let lengths = [1, 7, 28, 5_000]

    /// The vector of a leaf, which depends on its place alone; magnitudes differ, so that orders show.
    private func leaf(_ index: Int, length: Int, round: Int) -> [Double] {
      var random = Philox(seed: UInt64(round), purpose: .test, length, index)
      return (0..<length).map { _ in
        (random.uniformDouble() - 0.5) * Double(1 + random.uniform(below: 1_000_000))
      }
    }

    /// The sum by the definition of the canonical tree.
    private func definition(_ leaves: Range<Int>, length: Int, round: Int) -> [Double] {
      guard leaves.count > 1 else { return leaf(leaves.lowerBound, length: length, round: round) }
      var half = 1
      while 2 * half < leaves.count { half *= 2 }
      let middle = leaves.lowerBound + half
      return zip(
        definition(leaves.lowerBound..<middle, length: length, round: round),
        definition(middle..<leaves.upperBound, length: length, round: round)
      ).map { $0 + $1 }
    }

    @Test(
      "are those of the tree, bit for bit on every rank, for any leaves and lengths in any order",
      arguments: 1...9)
    func sums(leafCount: Int) throws {
      try MPIEnvironment.withTestWorld { world throws in
        guard leafCount >= world.size else { return }
        for group in [{ _ in 0 }, { $0 % 2 }, { $0 }] as [(Int) -> Int] {
          let sum = VectorSum(
            try Topology(world, group: group), leafCount: leafCount, sharesCores: true)
          for round in 0..<3 {
            for length in round == 1 ? Self.lengths.reversed() : Self.lengths {
              let found = try sum(length: length) { leaf($0, length: length, round: round) }
              let expected = definition(0..<leafCount, length: length, round: round)
              #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(length) elements")
            }
          }
          #expect(try sum(length: 0) { _ in [] } == [])
          try world.barrier()
          try sum.free()
        }
      }
    }

    @Test("a rank computes its own leaves only, each once")
    func share() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let count = 2 * world.size + 1
        let sum = VectorSum(try Topology(world), leafCount: count, sharesCores: true)
        var computed: [Int] = []
        _ = try sum(length: 1) {
          computed.append($0)
          return [1]
        }
        let all = try world.allGatherV(computed)
        #expect(all.joined().sorted() == Array(0..<count))
        let assignment = MicroshardAssignment(microshardCount: count, rankCount: world.size)
        #expect(all == (0..<world.size).map { Array(assignment[$0]) })
        try world.barrier()
        try sum.free()
      }
    }

    @Test("another order of the summands would be noticed")
    func control() {
      let length = Self.lengths[2]
      let leaves = (0..<8).map { leaf($0, length: length, round: 0) }
      let inOrder = leaves.dropFirst().reduce(leaves[0]) { sum, leaf in zip(sum, leaf).map { $0 + $1 } }
      #expect(inOrder != definition(0..<8, length: length, round: 0))
    }
  }
}

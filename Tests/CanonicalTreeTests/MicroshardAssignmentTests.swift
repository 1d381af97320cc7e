import CanonicalTree
import Testing

@Suite struct MicroshardAssignmentTests {
  /// Every number of microshards with every number of ranks it allows.
  static let all = (1...24).flatMap { microshards in
    (1...microshards).map { MicroshardAssignment(microshardCount: microshards, rankCount: $0) }
  }

  @Test("the ranks' ranges are contiguous, in order, and cover every microshard once")
  func covers() {
    for assignment in Self.all {
      let ranges = (0..<assignment.rankCount).map { assignment[$0] }
      #expect(ranges.flatMap { Array($0) } == Array(0..<assignment.microshardCount))
    }
  }

  @Test("no rank is idle, and no rank has more than one microshard more than another")
  func equal() {
    for assignment in Self.all {
      let counts = (0..<assignment.rankCount).map { assignment[$0].count }
      #expect(counts == counts.sorted(by: >), "the larger ones come first")
      #expect((counts.first ?? 0) - (counts.last ?? 0) <= 1 && (counts.last ?? 0) >= 1)
    }
  }

  @Test("powers of two give each rank one subtree; others few")
  func subtrees() {
    for assignment in Self.all {
      let tree = CanonicalTree(leafCount: assignment.microshardCount)
      let counts = (0..<assignment.rankCount).map { tree.subtrees(in: assignment[$0]).count }
      let isPower = [assignment.microshardCount, assignment.rankCount].allSatisfy { $0 & ($0 - 1) == 0 }
      #expect(counts.allSatisfy { isPower ? $0 == 1 : $0 <= 8 })
    }
  }
}

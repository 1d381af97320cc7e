import CanonicalTree
import Testing

@Suite struct EvenPartitionTests {
  /// Few things in few parts, more parts than things among them.
  static let all = (0...30).flatMap { count in
    (1...12).map { EvenPartition(count: count, partCount: $0) }
  }

  @Test("the parts are contiguous, in order, and cover everything once")
  func covers() {
    for partition in Self.all {
      let parts = (0..<partition.partCount).map { partition[$0] }
      #expect(parts.flatMap { Array($0) } == Array(0..<partition.count))
    }
  }

  @Test("sizes differ by at most one, the larger ones first")
  func even() {
    for partition in Self.all {
      let sizes = (0..<partition.partCount).map { partition[$0].count }
      #expect(sizes == sizes.sorted(by: >))
      #expect(sizes[0] - sizes[partition.partCount - 1] <= 1)
    }
  }
}

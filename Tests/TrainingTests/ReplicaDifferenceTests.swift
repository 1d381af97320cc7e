import Testing
import Training

@Suite struct ReplicaDifferenceTests {
  private let names = ["0.weight", "1.running_mean", "3.weight"]
  private let hosts = (0..<12).map { "node\($0)" }

  private func description(_ hashes: [[UInt64]]) -> String? {
    ReplicaDifference(hashes: hashes, names: names)?.description(hosts: hosts)
  }

  @Test("the same hashes on all ranks are no difference")
  func equal() {
    #expect(description([[1, 2, 3]]) == nil)
    #expect(description(Array(repeating: [1, 2, 3], count: 5)) == nil)
  }

  @Test("the first tensor is named, and the ranks that differ from the majority")
  func majority() {
    #expect(
      description([[1, 2, 3], [1, 9, 9], [1, 2, 3]])
        == "1.running_mean on rank 1 (node1) differs from every other rank")
    #expect(
      description([[1, 2, 7], [1, 2, 3], [1, 2, 3], [1, 2, 8], [1, 2, 3]])
        == "3.weight on ranks 0 (node0) and 3 (node3) differs from the other ranks")
  }

  @Test("without a majority all ranks are named")
  func tie() {
    #expect(
      description([[1, 2, 3], [1, 2, 4]])
        == "3.weight differs among ranks 0 (node0) and 1 (node1)")
    #expect(
      description([[1, 2, 3], [1, 2, 3], [1, 2, 4], [1, 2, 4]])
        == "3.weight differs among ranks 0 (node0), 1 (node1), 2 (node2) and 3 (node3)")
    #expect(
      description((0..<12).map { [$0, 2, 3] })
        == "0.weight differs among ranks 0 (node0), 1 (node1), 2 (node2), 3 (node3), 4 (node4), 5 (node5), 6 (node6), "
        + "7 (node7) and 4 more")
  }
}

import CanonicalTree
import Execution
import Testing
import Training

@Suite struct VerificationDifferenceTests {
  private static let names = ["the loss", "the gradient of 3.weight", "the gradient of 0.weight"]

  /// A draw in which rank 1 owns the microshard, and another rank checks it.
  private func draw(ranks: Int) throws -> VerificationDraw {
    let shares = (0..<ranks).map { 4 * $0..<4 * $0 + 4 }
    let draws = (0..<200).map {
      VerificationDraw(
        seed: 1, step: $0, samples: 8 * ranks,
        partition: MicroshardPartition(batchSize: 8 * ranks, count: 4 * ranks), shares: shares)
    }
    return try #require(draws.first { $0.microshard == 5 && (ranks < 3 || $0.checker == 2) })
  }

  /// What is told, where each rank computes lists of hashes.
  private func told(
    ranks: Int, own: [UInt64], shadow: [UInt64], then again: [[UInt64]], ownAgain: [UInt64]? = nil
  ) throws -> String? {
    let draw = try draw(ranks: ranks)
    var first = (0..<ranks).map { _ in VerifiedHashes() }
    first[draw.owner].own = own
    first[draw.checker].shadow = shadow
    guard let difference = VerificationDifference(first, draw) else { return nil }
    var second = again.map { VerifiedHashes(shadow: $0) }
    if !second.isEmpty { second[draw.owner].own = ownAgain ?? second[draw.owner].shadow }
    return difference.description(
      difference.verdict(first: first, second: second), names: Self.names,
      hosts: (0..<ranks).map { "node\($0)" })
  }

  @Test("the same hashes are no difference")
  func equal() throws {
    #expect(try told(ranks: 3, own: [1, 2, 3], shadow: [1, 2, 3], then: []) == nil)
  }

  @Test("who computed what nobody finds again is named, with the first contribution that differed")
  func transient() throws {
    let wrong =
      "the gradient of 3.weight in microshard 5 as rank 1 (node1) computed it differs from what all ranks find now: the "
      + "memory or the processor of node1 may be faulty"
    let right: [UInt64] = [1, 2, 3]
    #expect(try told(ranks: 2, own: [1, 9, 9], shadow: right, then: [right, right]) == wrong)
    #expect(try told(ranks: 3, own: [1, 9, 9], shadow: right, then: [right, right, right]) == wrong)
    #expect(
      try told(ranks: 3, own: right, shadow: [1, 2, 8], then: [right, right, right])
        == "the gradient of 0.weight in microshard 5 as rank 2 (node2) computed it differs from what all ranks find now: the "
        + "memory or the processor of node2 may be faulty")
  }

  @Test("the majority decides between two that do not change their minds")
  func permanent() throws {
    let (right, wrong): ([UInt64], [UInt64]) = ([1, 2, 3], [1, 9, 9])
    #expect(
      try told(ranks: 3, own: wrong, shadow: right, then: [right, wrong, right])
        == "the gradient of 3.weight in microshard 5 as rank 1 (node1) computed it differs from what 2 of 3 ranks find now: "
        + "the memory or the processor of node1 may be faulty")
    // A fault of the memory that only the owner's own microshard lies in.
    #expect(
      try told(ranks: 2, own: wrong, shadow: right, then: [right, right], ownAgain: wrong)?
        .contains("as rank 1 (node1) computed it") == true)
  }

  @Test("sums that differed as well are no excuse for who is still wrong")
  func otherSums() throws {
    let (now, wrong): ([UInt64], [UInt64]) = ([1, 7, 7], [1, 9, 9])
    #expect(
      try told(ranks: 3, own: wrong, shadow: [1, 2, 3], then: [now, wrong, now])?
        .contains("as rank 1 (node1) computed it") == true)
    #expect(
      try told(ranks: 3, own: wrong, shadow: [1, 2, 3], then: [now, now, now])?.contains("does not tell")
        == true)
  }

  @Test("without a majority both are named")
  func undecided() throws {
    let (right, wrong): ([UInt64], [UInt64]) = ([1, 2, 3], [1, 9, 9])
    #expect(
      try told(ranks: 2, own: wrong, shadow: right, then: [right, wrong])
        == "the gradient of 3.weight in microshard 5 differs between rank 1 (node1) and rank 0 (node0), and computing it "
        + "again does not tell which of them is wrong: the memory or the processor of node1 or of node0 may be faulty"
    )
  }

  @Test("a damaged list of hashes is a difference, not the end")
  func damaged() throws {
    let right: [UInt64] = [1, 2, 3]
    #expect(
      try told(ranks: 3, own: right, shadow: [1, 2], then: [right, right, right])?
        .contains("the gradient of 0.weight in microshard 5 as rank 2 (node2)") == true)
    #expect(try told(ranks: 3, own: right, shadow: right + [4], then: [[], [], []])?.isEmpty == false)
  }

  // MARK: - The draw

  @Test("each microshard that has samples is drawn, by each other rank, about equally often")
  func even() throws {
    let shares = [0..<3, 3..<6, 6..<8]
    let partition = MicroshardPartition(batchSize: 16, count: 8)
    let draws = (0..<6000).map {
      // 11 samples: five full microshards, and a short one.
      VerificationDraw(seed: 3, step: $0, samples: 11, partition: partition, shares: shares)
    }
    #expect(Set(draws.map(\.microshard)) == Set(0..<6))
    #expect(draws.allSatisfy { shares[$0.owner].contains($0.microshard) && $0.checker != $0.owner })
    let counts = Dictionary(draws.map { ([$0.microshard, $0.checker], 1) }, uniquingKeysWith: +)
    #expect(counts.count == 12 && counts.values.allSatisfy { (400...600).contains($0) }, "\(counts)")
  }

  @Test("a rank by itself checks itself; another seed draws otherwise")
  func oneRank() throws {
    let partition = MicroshardPartition(batchSize: 16, count: 8)
    func draws(_ seed: UInt64) -> [VerificationDraw] {
      (0..<20).map {
        VerificationDraw(seed: seed, step: $0, samples: 16, partition: partition, shares: [0..<8])
      }
    }
    #expect(draws(0).allSatisfy { $0.owner == 0 && $0.checker == 0 })
    #expect(draws(0) == draws(0) && draws(0) != draws(1))
  }
}

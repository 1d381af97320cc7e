import Foundation
import Minimization
import Synchronization
import Testing

/// Ranks are threads that compute their blocks only and meet at each sum.
private final class Exchange: @unchecked Sendable {
  private let condition = NSCondition()
  private let rankCount: Int
  private var leaves: [Int: [Double]] = [:]
  private var arrived = 0
  private var left = 0

  init(rankCount: Int) {
    self.rankCount = rankCount
  }

  struct Missing: Error {}

  /// Hands in leaves and returns those of all ranks; throws if a rank does not come.
  func gather(_ own: [Int: [Double]]) throws -> [Int: [Double]] {
    condition.lock()
    defer { condition.unlock() }
    try wait { left == 0 }
    leaves.merge(own) { first, _ in first }
    arrived += 1
    condition.broadcast()
    try wait { arrived == rankCount }
    let all = leaves
    left += 1
    if left == rankCount {
      leaves = [:]
      (arrived, left) = (0, 0)
    }
    condition.broadcast()
    return all
  }

  private func wait(until isReady: () -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 20)
    while !isReady() {
      if !condition.wait(until: deadline) { throw Missing() }
    }
  }
}

/// The sum as a rank sees it.
private struct RankSampleSum: SampleSum {
  /// How leaves become one.
  enum Order: Sendable {
    /// Neighbours in pairs, level by level: the canonical tree.
    case pairs
    /// Each rank's leaves first, then the ranks: what a plain all-reduce does.
    case ranks
  }

  let rank: Int
  let rankCount: Int
  let blockCount: Int
  let order: Order
  let exchange: Exchange

  func owned(_ rank: Int) -> Range<Int> {
    rank * blockCount / rankCount..<(rank + 1) * blockCount / rankCount
  }

  func sum(
    sampleCount: Int, length: Int, addSamples: (Range<Int>, inout [Double]) throws -> Void
  ) throws -> [Double] {
    var own: [Int: [Double]] = [:]
    for index in owned(rank) {
      own[index] = try leaf(index, sampleCount: sampleCount, length: length, addSamples: addSamples)
    }
    let all = try exchange.gather(own)
    var nodes = try (0..<blockCount).map { try #require(all[$0]) }
    if order == .ranks {
      nodes = (0..<rankCount).map { nodes[owned($0)] }.compactMap { part in
        part.dropFirst().reduce(part.first) { sum, leaf in sum.map { add($0, leaf) } }
      }
      return nodes.dropFirst().reduce(nodes[0], add)
    }
    while nodes.count > 1 {
      nodes = stride(from: 0, to: nodes.count, by: 2).map { index in
        index + 1 < nodes.count ? add(nodes[index], nodes[index + 1]) : nodes[index]
      }
    }
    return nodes[0]
  }

  private func add(_ left: [Double], _ right: [Double]) -> [Double] {
    zip(left, right).map { $0 + $1 }
  }
}

/// A run of a method on a regression.
private struct Case: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let method: any DescentMethod
  let model: RegressionModel
  let steps: Int

  static let all = [
    Case("gradient descent", GradientDescent(.fixed(0.3)), .linear, 20),
    Case("backtracking", GradientDescent(.backtracking(initial: 4)), .logistic, 20),
    Case("Newton", Newton(.backtracking()), .softmax(classes: 3), 6),
    Case("Newton-CG", NewtonConjugateGradients(), .softmax(classes: 3), 6),
    Case(
      "preconditioning",
      DiagonalPreconditioning(.fixed(0.5), diagonal: .estimated(probeCount: 5, seed: 1)), .logistic, 10),
    Case(
      "minibatches",
      StochasticGradientDescent(
        learningRate: .constant(0.05), estimate: .minibatch(size: 10), seed: 1, evaluationInterval: 7),
      .linear, 40),
    Case(
      "single samples",
      StochasticGradientDescent(
        learningRate: .polynomial(0.1, decay: 0.1, power: 0.5), estimate: .minibatch(size: 1), seed: 2,
        evaluationInterval: 20), .logistic, 120),
  ]

  private init(_ name: String, _ method: any DescentMethod, _ model: RegressionModel, _ steps: Int) {
    testDescription = name
    self.method = method
    self.model = model
    self.steps = steps
  }

  func run(_ sum: any SampleSum) throws -> [Iterate] {
    let data = try syntheticData()
    let labelled = model == .linear ? data : try classes(data, model.outputCount == 1 ? 2 : 3)
    let objective = try RegressionObjective(model, data: labelled, penalty: 0.01, sum: sum)
    let start = [Double](repeating: 0.1, count: objective.dimension)
    return try trace(method, objective, from: start, steps: steps).iterates
  }

  /// The run on each of several ranks.
  func run(ranks: Int, blocks: Int, order: RankSampleSum.Order = .pairs) throws -> [[Iterate]] {
    let exchange = Exchange(rankCount: ranks)
    let results = Mutex<[Int: Result<[Iterate], any Error>]>([:])
    let group = DispatchGroup()
    for rank in 0..<ranks {
      group.enter()
      let thread = Thread {
        let sum = RankSampleSum(
          rank: rank, rankCount: ranks, blockCount: blocks, order: order, exchange: exchange)
        let result = Result { try run(sum) }
        results.withLock { $0[rank] = result }
        group.leave()
      }
      thread.start()
    }
    group.wait()
    return try (0..<ranks).map { rank in
      try #require(results.withLock { $0[rank] }).get()
    }
  }
}

@Suite struct RankTests {
  @Test("every rank ends with the bits of one", arguments: Case.all, [7, 8])
  fileprivate func sameBits(test: Case, blocks: Int) throws {
    let expected = try test.run(SerialSampleSum(blockCount: blocks))
    #expect(expected.count > 2)
    for ranks in [1, 2, 3, 5] {
      for (rank, iterates) in try test.run(ranks: ranks, blocks: blocks).enumerated() {
        #expect(iterates == expected, "rank \(rank) of \(ranks)")
      }
    }
  }

  @Test("a sum by ranks gives other bits, and so does another number of blocks", arguments: Case.all)
  fileprivate func negativeControl(test: Case) throws {
    let expected = try test.run(SerialSampleSum(blockCount: 8))
    #expect(try test.run(SerialSampleSum(blockCount: 7)) != expected)
    let byRanks = try test.run(ranks: 3, blocks: 8, order: .ranks)
    #expect(byRanks[0] != expected)
  }

  @Test(
    "blocks are contiguous, cover the samples and differ by one at most",
    arguments: [0, 1, 5, 8, 103])
  func blocks(sampleCount: Int) {
    for count in [1, 3, 7, 8] {
      let sum = SerialSampleSum(blockCount: count)
      let parts = (0..<count).map { sum.block($0, of: sampleCount) }
      #expect(parts.flatMap { Array($0) } == Array(0..<sampleCount))
      let sizes = parts.map(\.count)
      #expect(sizes == sizes.sorted(by: >))
      #expect(sizes[0] - sizes[count - 1] <= 1)
    }
  }
}

import CanonicalTree
package import Execution
import Inputs
import Mistakes
package import NeuralNetworks
import Optimizers

/// Compares the memory that the ranks of each host will need with what is free there, before any of it is taken.
///
/// A process that takes more than there is ends by a signal, or ends others; what it needs can be known beforehand.
package struct MemoryCheck {
  private let ranks: any Ranks
  /// What is free on this rank's host; nil where no one tells.
  private let free: Int?

  /// Makes a check among ranks.
  package init(_ ranks: any Ranks, free: Int? = FreeMemory.byteCount()) {
    self.ranks = ranks
    self.free = free
  }

  /// Requires that each host has room for what its ranks need.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - key: the key of a configuration that the need comes from.
  ///   - purpose: what needs it, such as "a step".
  ///   - remedy: what would be right.
  ///   - need: the bytes of a rank; nil where that is not known.
  /// - Throws: `UserMistake` or `MistakeElsewhere`.
  package func require(key: String, purpose: String, remedy: String, need: (_ rank: Int) -> Int?) throws {
    let own = try ranksOfHost()
    try ranks.agree {
      guard let free, let most = need(own[0]) else { return }
      guard Self.total(own.compactMap(need)) > free else { return }
      throw mistake(key: key, purpose: purpose, remedy: remedy, need: most, of: own.count, isLeast: false)
    }
  }

  /// Requires that each host has room for its ranks' replicas of a model.
  ///
  /// The exact need is only planned, which takes as long as to compile the model, where a rough one leaves it open.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: `UserMistake` or `MistakeElsewhere`; `OneDNNError` where oneDNN has no kernel for an operation.
  package func require(_ graph: Graph, _ recipe: Recipe, on machine: Machine) throws {
    let options = recipe.executorOptions(on: machine)
    let own = try ranksOfHost()
    let assignment = MicroshardAssignment(
      microshardCount: recipe.batch.microshards, rankCount: ranks.count)
    let rough = RoughMemoryNeed(graph, options)
    try ranks.agree {
      guard let free else { return }
      let shares = own.map { assignment[$0] }
      guard Self.total(shares.map { rough.most($0.count) }) > free else { return }
      // The largest part of it is what to change.
      let least = rough.least(shares[0].count)
      let key = rough.parameterByteCount > least / 2 ? "model" : "batch.size"
      let remedy = "take a smaller batch or model, or fewer ranks a host"
      guard Self.total(shares.map { rough.least($0.count) }) <= free else {
        throw mistake(
          key: key, purpose: "a step", remedy: remedy, need: least, of: own.count, isLeast: true)
      }
      let needs = try exactNeeds(graph, shares, options)
      guard Self.total(needs) > free else { return }
      throw mistake(
        key: key, purpose: "a step", remedy: remedy, need: needs[0], of: own.count, isLeast: false)
    }
  }

  /// What executors of so many microshards take, in bytes.
  private func exactNeeds(
    _ graph: Graph, _ shares: [Range<Int>], _ options: Executor.Options
  ) throws -> [Int] {
    var known: [Int: Int] = [:]
    var needs: [Int] = []
    for share in shares {
      let need =
        try known[share.count]
        ?? ExecutionEstimate(graph, microshards: share, options: options)
        .byteCount(microshards: share.count, threads: options.threads)
      known[share.count] = need
      needs.append(need)
    }
    return needs
  }

  private static func total(_ byteCounts: [Int]) -> Int {
    byteCounts.reduce(0) { $0.addedSaturating($1) }
  }

  /// The ranks on this rank's host, in order.
  private func ranksOfHost() throws -> [Int] {
    let hosts = try ranks.hosts()
    return hosts.indices.filter { hosts[$0] == hosts[ranks.rank] }
  }

  private func mistake(
    key: String, purpose: String, remedy: String, need: Int, of rankCount: Int, isLeast: Bool
  ) -> UserMistake {
    UserMistake(
      "\(key): \(purpose) needs \(isLeast ? "at least " : "")\(FreeMemory.text(need)) a rank × "
        + "\(rankCount) \(rankCount == 1 ? "rank" : "ranks") on \(ranks.host), but \(FreeMemory.text(free ?? 0)) are free there; \(remedy)"
    )
  }
}

/// Bounds of the memory that a replica takes, from the graph alone.
private struct RoughMemoryNeed {
  /// The parameters, their gradients and slots, in bytes.
  let parameterByteCount: Int
  private let leastSampleByteCount: Int
  private let mostSampleByteCount: Int
  private let capacity: Int
  private let threads: Int

  init(_ graph: Graph, _ options: Executor.Options) {
    let elementByteCount = options.precision == .float32 ? 4 : 2
    capacity = options.partition.capacity
    threads = options.threads
    parameterByteCount =
      4 * (2 + options.slots.filter { $0.shape == .parameter }.count + (options.averages ? 1 : 0))
      * graph.parameterCount
    func byteCount(_ value: Graph.ValueID) -> Int { graph.values[value].shape.count * elementByteCount }
    // A layer with weights has its input and its output in memory at the same time.
    leastSampleByteCount =
      graph.operations.map { operation in
        switch operation.kind {
        case .convolution2D, .linear: byteCount(operation.inputs[0]) + byteCount(operation.output)
        default: 0
        }
      }.max() ?? 0
    // Channels are padded to blocks of 16; a value has a gradient, and copies where layouts meet.
    mostSampleByteCount = graph.values.reduce(0) { sum, value in
      sum + 8 * 4 * ((value.shape.channels + 15) / 16 * 16) * value.shape.pixels
    }
  }

  /// What is taken at least by a rank of so many microshards.
  func least(_ microshards: Int) -> Int {
    capacity.multipliedSaturating(by: leastSampleByteCount).multipliedSaturating(by: microshards)
      .addedSaturating(parameterByteCount)
  }

  /// More than a rank of so many microshards takes.
  func most(_ microshards: Int) -> Int {
    capacity.multipliedSaturating(by: mostSampleByteCount).multipliedSaturating(by: microshards)
      .addedSaturating((2 + microshards) * 2 * parameterByteCount)
      .addedSaturating((1 << 28) * (1 + threads))
  }
}

extension ExecutionEstimate {
  /// The bytes that an executor takes for so many microshards, without the memory in which ranks meet.
  fileprivate func byteCount(microshards: Int, threads: Int) -> Int {
    arenaByteCount.multipliedSaturating(by: microshards)
      .addedSaturating(scratchpadByteCount * threads)
      .addedSaturating(
        parameterByteCount + slotByteCount + weightCopyByteCount + normalizationByteCount + leafByteCount)
  }
}

extension Int {
  /// The sum of two numbers that are not negative, or the largest number.
  fileprivate func addedSaturating(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }

  /// The product of two numbers that are not negative, or the largest number.
  fileprivate func multipliedSaturating(by factor: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: factor)
    return overflows ? .max : product
  }
}

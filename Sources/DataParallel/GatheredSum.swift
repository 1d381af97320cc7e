import Execution
import MPI

/// A small sum, which every rank adds up for itself, since waiting for others' results would cost more.
///
/// Each rank copies the summands of its host's ranks. Between hosts the first rank of each sends the host's
/// partial sums to the first ranks of all others, which put them where their neighbours read them.
final class GatheredSum: RankSum {
  private enum Stage {
    /// Not all ranks of the host have written their summands.
    case gathering
    /// The first rank of the host exchanges partial sums with those of other hosts.
    case exchanging
    /// The partial sums of other hosts are not there yet.
    case waiting
  }

  private struct Pair {
    var target: UnsafeMutableRawPointer
    var source: UnsafeMutableRawPointer
  }

  private var stage = Stage.gathering
  private let memory: AlignedMemory
  private let outbox: AlignedMemory
  private let hostCopies: [Pair]
  private let hostMerges: [Pair]
  private let outboxCopies: [Pair]
  private let inboxCopies: [Pair]
  private let worldMerges: [Pair]
  /// The first rank's of the host only.
  private let received: [MessageSlot]
  private let sent: [MessageSlot]
  private let isFirst: Bool
  /// By the first rank of each host, all of it.
  private let hostRanks: [Int: [Int]]

  /// Prepares a sum.
  init(_ sum: BatchSum, index: Int, window: SumWindow, plan: ReductionPlan, communicator: Communicator) {
    let topology = plan.topology
    hostRanks = Dictionary(uniqueKeysWithValues: topology.hosts.map { ($0.lowerBound, Array($0)) })
    let stride = AlignedMemory.padded(sum.byteCount)
    let summands = window.summands(sum: index)
    let memory = AlignedMemory(byteCount: stride * (summands.count + plan.foreignSubtreeCount))
    self.memory = memory
    let copies = (0..<summands.count + plan.foreignSubtreeCount).map { memory.base + stride * $0 }
    hostCopies = zip(copies, summands).map(Pair.init)
    hostMerges = plan.hostTree.merges.map { Pair(target: copies[$0.into], source: copies[$0.from]) }

    // In the order of hosts: this host's roots and what the inbox holds of the others.
    let roots = plan.hostTree.roots
    let outbox = AlignedMemory(byteCount: stride * roots.count)
    self.outbox = outbox
    outboxCopies = roots.enumerated().map { Pair(target: outbox.base + stride * $0, source: copies[$1]) }
    var world: [UnsafeMutableRawPointer] = []
    var inboxCopies: [Pair] = []
    var received: [MessageSlot] = []
    var sent: [MessageSlot] = []
    isFirst = topology.host.rank == 0
    let inbox = plan.hostCount > 1 ? window.inbox(sum: index) : memory.base
    let tag = ReductionPlan.tag(sum: index, isResult: false, part: 0)
    for (host, ranks) in topology.hosts.enumerated() {
      guard host != topology.hostIndex else {
        world += roots.map { copies[$0] }
        continue
      }
      let begin = inboxCopies.count
      for place in begin..<begin + plan.worldTree.subtreeCounts[host] {
        world.append(copies[summands.count + place])
        inboxCopies.append(Pair(target: copies[summands.count + place], source: inbox + stride * place))
      }
      guard isFirst else { continue }
      received.append(
        MessageSlot(
          communicator, peer: ranks.lowerBound, tag: tag, inbox + stride * begin,
          byteCount: stride * plan.worldTree.subtreeCounts[host]))
      sent.append(
        MessageSlot(
          communicator, peer: ranks.lowerBound, tag: tag, outbox.base, byteCount: stride * roots.count))
    }
    self.inboxCopies = inboxCopies
    self.received = received
    self.sent = sent
    worldMerges = plan.worldTree.merges.map { Pair(target: world[$0.into], source: world[$0.from]) }
    super.init(
      sum, index: index, window: window, summands: Array(summands[plan.ownPlaces]), result: world[0])
  }

  override func start() throws {
    stage = .gathering
    // The ranks of the host have read what came for the batch before: they have all come to this one.
    for slot in received { try slot.receive() }
    try super.start()
  }

  override func advance() throws -> Bool {
    switch stage {
    case .gathering:
      guard window.hasReached(.written(sum: index), generation) else { return false }
      copy(hostCopies)
      merge(hostMerges)
      if inboxCopies.isEmpty {
        isDone = true
      } else if isFirst {
        copy(outboxCopies)
        for slot in sent { try slot.send() }
        stage = .exchanging
      } else {
        stage = .waiting
      }
    case .exchanging:
      guard try received.areFinished(), try sent.areFinished() else { return false }
      window.set(.served(sum: index), generation)
      addOthers()
    case .waiting:
      guard window.hasReached(.served(sum: index), generation, rankCount: 1) else { return false }
      addOthers()
    }
    return true
  }

  /// Of a host from which nothing has come all ranks, since its first waits for the others.
  override var awaitedRanks: [Int] {
    guard stage == .exchanging else { return [] }
    let silent = received.filter(\.isUnderWay)
    return (silent.isEmpty ? sent.filter(\.isUnderWay) : silent).flatMap { hostRanks[$0.peer] ?? [] }
  }

  private func addOthers() {
    copy(inboxCopies)
    merge(worldMerges)
    isDone = true
  }

  private func copy(_ pairs: [Pair]) {
    for pair in pairs { pair.target.copyMemory(from: pair.source, byteCount: sum.byteCount) }
  }

  private func merge(_ pairs: [Pair]) {
    for pair in pairs { sum.merge(pair.source, into: pair.target) }
  }
}

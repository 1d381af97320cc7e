import CanonicalTree
public import Execution
public import MPI

/// Exact sums over all ranks, the same bits however many there are and wherever they run.
///
/// The ranks of a host add up straight from each other's memory, in a window they share; between hosts only
/// the hosts' partial sums travel. Where a host has no room for the window, every rank counts as a host of
/// its own.
///
/// A sum goes on whenever some call of this reduction is made. ``advance()`` is for calls in between, from the same thread.
public final class RankReduction: BatchReduction {
  /// How the ranks' sums travel.
  public enum Transport: Hashable, Sendable, CustomStringConvertible {
    /// Through a window that all ranks read and write.
    case sharedMemory
    /// Through a window on each host, and between the hosts by messages.
    case hosts(Int)
    /// By messages, since a host has less room for shared memory than is needed, both in bytes.
    case messagesForLackOfRoom(availableByteCount: Int, neededByteCount: Int)

    /// In words, such as `shared memory`.
    public var description: String {
      switch self {
      case .sharedMemory: "shared memory"
      case .hosts(let count): "shared memory on each of \(count) hosts, messages between them"
      case .messagesForLackOfRoom(let available, let needed):
        "messages (a host has \(available) bytes of room for shared memory, but \(needed) are needed)"
      }
    }
  }

  /// The microshards of a batch over all ranks, V.
  public let microshardCount: Int
  /// The contiguous microshards of this rank.
  public let microshards: Range<Int>
  /// Where the ranks are.
  public let topology: Topology
  /// What goes on while the ranks compute.
  public let overlap: Overlap
  /// How the sums travel; nil until they are prepared.
  public private(set) var transport: Transport?

  /// Sums of at most this many bytes are added up by every rank for itself, and so are all moments.
  private static let mostSmallBytes = 16 << 10

  private let sharesCores: Bool
  private let availableByteCount: Int?
  private var window: SumWindow?
  private var queue = SumQueue([])
  private var batch = 0
  private var thread: CommunicationThread?

  /// Where this rank says what it waits for; nil if nobody watches.
  private let recorder: FlightRecorder?
  private var record = SumRecord()

  /// A reduction without sums; ``prepare(_:)`` takes memory and chooses the transport.
  ///
  /// Every rank must call this with equal arguments, but for the room on its host.
  ///
  /// - Parameters:
  ///   - topology: the ranks.
  ///   - microshardCount: the microshards of a batch, at least one for each rank.
  ///   - sharesCores: whether a host has more threads than cores, so that who waits must let others run.
  ///   - overlap: what goes on while the ranks compute. A thread needs MPI at the level `serialized`, and that
  ///     between the start and the end of a sum no other thread calls MPI but through this reduction.
  ///   - availableByteCount: the room for shared memory on this host in bytes; nil if it is not known.
  public convenience init(
    _ topology: Topology, microshardCount: Int, sharesCores: Bool, overlap: Overlap = .calls,
    availableByteCount: Int? = SharedWindow.availableByteCount
  ) {
    self.init(
      topology, microshardCount: microshardCount, sharesCores: sharesCores, overlap: overlap,
      availableByteCount: availableByteCount, recorder: nil)
  }

  /// A reduction whose ranks say in `recorder` what they wait for; all of them or none.
  package init(
    _ topology: Topology, microshardCount: Int, sharesCores: Bool, overlap: Overlap = .calls,
    availableByteCount: Int? = SharedWindow.availableByteCount, recorder: FlightRecorder?
  ) {
    self.recorder = recorder
    self.topology = topology
    self.microshardCount = microshardCount
    self.sharesCores = sharesCores
    self.overlap = overlap
    self.availableByteCount = availableByteCount
    let assignment = MicroshardAssignment(
      microshardCount: microshardCount, rankCount: topology.ranks.size)
    microshards = assignment[topology.ranks.rank]
  }

  // MARK: - The memory

  /// Makes the memory of the sums, and with it chooses the transport.
  ///
  /// - Throws: `MPIError`.
  public func prepare(_ sums: [BatchSum]) throws -> [BatchSumMemory] {
    guard let recorder else { return try prepareMemory(sums) }
    return try recorder.collective("the preparation of the sums' memory") {
      record = SumRecord(sums, recorder, ranks: try topology.ranks.allGather(recorder.rank))
      return try prepareMemory(sums)
    }
  }

  private func prepareMemory(_ sums: [BatchSum]) throws -> [BatchSumMemory] {
    var plan = ReductionPlan(topology, microshardCount: microshardCount)
    transport = plan.hostCount == 1 ? .sharedMemory : .hosts(plan.hostCount)
    if let lack = try lackOfRoom(for: sums, plan) {
      transport = lack
      plan = ReductionPlan(try topology.withoutSharedMemory(), microshardCount: microshardCount)
    }
    let window = try SumWindow(plan.topology.host, Self.layout(sums, plan))
    self.window = window
    let communicator = try topology.ranks.duplicate()
    let rankSums = sums.enumerated().map { index, sum in
      Self.isSmall(sum)
        ? GatheredSum(sum, index: index, window: window, plan: plan, communicator: communicator)
        : SlicedSum(sum, index: index, window: window, plan: plan, communicator: communicator)
    }
    let queue =
      recorder.map { recorder in
        SumQueue(rankSums) { [record] in recorder.finish(record.numbers[$0]) }
      } ?? SumQueue(rankSums)
    self.queue = queue
    if overlap == .thread {
      thread = CommunicationThread {
        let wasMoving = try queue.advance()
        return queue.isIdle ? .idle : wasMoving ? .moving : .waiting
      }
    }
    return rankSums.map { BatchSumMemory(summands: $0.summands, result: $0.result) }
  }

  deinit {
    thread?.stop()
  }

  /// The bytes of shared memory that sums take if all ranks are on one host.
  package static func windowByteCount(of sums: [BatchSum], microshardCount: Int, ranks: Int) -> Int {
    let assignment = MicroshardAssignment(microshardCount: microshardCount, rankCount: ranks)
    let tree = ReductionTree(
      CanonicalTree(leafCount: microshardCount), over: (0..<ranks).map { assignment[$0] })
    return SumWindow.Layout(sums, tree: tree, inboxSummandCounts: sums.map { _ in 0 }).byteCount
  }

  /// Gives the memory of the sums back; nobody may touch it any more.
  ///
  /// Every rank must call this. Without it, the memory stays until MPI ends.
  public func free() throws {
    thread?.stop()
    thread = nil
    queue = SumQueue([])
    guard let window else { return }
    self.window = nil
    guard let recorder else { return try window.free() }
    try recorder.collective("the release of the sums' memory") { try window.free() }
  }

  private static func isSmall(_ sum: BatchSum) -> Bool {
    sum.kind == .moments || sum.byteCount <= mostSmallBytes
  }

  private static func layout(_ sums: [BatchSum], _ plan: ReductionPlan) -> SumWindow.Layout {
    SumWindow.Layout(
      sums, tree: plan.hostTree, inboxSummandCounts: sums.map { isSmall($0) ? plan.foreignSubtreeCount : 0 })
  }

  /// The bytes of shared memory that the sums need on this host.
  package func neededByteCount(for sums: [BatchSum]) -> Int {
    Self.layout(sums, ReductionPlan(topology, microshardCount: microshardCount)).byteCount
  }

  /// What a rank finds must count for all: the host with the least room to spare; nil if it has enough.
  private func lackOfRoom(for sums: [BatchSum], _ plan: ReductionPlan) throws -> Transport? {
    // A rank alone on its host has its memory to itself.
    let needed = plan.topology.host.size == 1 ? 0 : Self.layout(sums, plan).byteCount
    let rooms = try topology.ranks.allGather(availableByteCount ?? Int.max)
    let needs = try topology.ranks.allGather(needed)
    let worst = rooms.indices.min { rooms[$0] - needs[$0] < rooms[$1] - needs[$1] } ?? 0
    return rooms[worst] >= needs[worst]
      ? nil : .messagesForLackOfRoom(availableByteCount: rooms[worst], neededByteCount: needs[worst])
  }

  // MARK: - Batches

  /// Tells the other ranks that this one has read all results.
  public func releaseResults() {
    batch += 1
    window?.set(.batchesRead, batch)
  }

  /// Waits until all ranks of the host have read the results of the batch before.
  public func acquireSummands() {
    guard let window else { return }
    guard let recorder else { return waitForReaders(window) }
    let number = recorder.enter(name: record.beginningName)
    if !window.hasReached(.batchesRead, batch) {
      recorder.wait(number)
      waitForReaders(window)
      recorder.goOn()
    }
    recorder.finish(number)
  }

  private func waitForReaders(_ window: SumWindow) {
    var patience = Patience(sharesCores: sharesCores)
    while !window.hasReached(.batchesRead, batch) { patience.wait() }
  }

  /// Begins a sum: this rank's summands are there.
  ///
  /// - Throws: `MPIError`.
  public func start(_ sum: Int) throws {
    if let recorder { record.numbers[sum] = recorder.enter(name: record.names[sum]) }
    try exclusively { try queue.start(sum) }
    switch overlap {
    case .off: try finish(sum)
    case .calls: try advance()
    case .thread: thread?.wake()
    }
  }

  /// Waits for the result of a sum, and lets the others go on meanwhile.
  ///
  /// - Throws: `MPIError`.
  public func finish(_ sum: Int) throws {
    var patience = Patience(sharesCores: sharesCores)
    var isWaiting = false
    while true {
      var isDone = false
      var isMoving = false
      try exclusively {
        if !queue.isDone(sum) { isMoving = try queue.advance(first: sum) }
        isDone = queue.isDone(sum)
      }
      if isDone { break }
      if !isWaiting, let recorder {
        recorder.wait(record.numbers[sum])
        isWaiting = true
      }
      if recorder != nil, patience.isTimeToLook { try noteAwaitedRanks(sum) }
      if !isMoving { patience.wait() }
    }
    if isWaiting { recorder?.goOn() }
  }

  /// Leaves word for the watchdog, which cannot look into sums itself, of whom a sum waits for on other hosts.
  private func noteAwaitedRanks(_ sum: Int) throws {
    var ranks: [Int] = []
    try exclusively { ranks = queue.awaitedRanks(sum) }
    recorder?.note(awaited: ranks.map { record.ranks[$0] })
  }

  /// Where the executor says what it computes.
  public func watch(operations: [String]) -> ProgressRecord? { recorder?.progress(operations: operations) }

  /// Lets sums go on that were started, without waiting for anybody.
  ///
  /// - Throws: `MPIError`.
  public func advance() throws {
    guard overlap == .calls, !queue.isIdle else { return }
    _ = try queue.advance()
  }

  /// Runs `body` while the communication thread, if there is one, does nothing.
  private func exclusively(_ body: () throws -> Void) throws {
    if let thread { try thread.exclusively(body) } else { try body() }
  }
}

import Execution
import MPI

/// What a rank exchanges with the ranks of other hosts that carry the same slice of a sum.
final class SliceExchange {
  /// The bytes of a message.
  ///
  /// Few enough that Open MPI sends it over TCP at once (up to 64 KiB with its header); longer ones wait for an
  /// answer, which waits behind what else travels.
  private static let messageByteCount = 60 << 10

  /// The traffic with one other host.
  private struct Peer {
    /// The rank there.
    var rank = 0
    /// By message, this host's partial sums of the other host's piece.
    var partialsOut: [[MessageSlot]] = []
    /// By message, the result of the other host's piece.
    var resultIn: [MessageSlot] = []
    /// By message, the other host's partial sums of this host's piece.
    var partialsIn: [[MessageSlot]] = []
    /// By message, the result of this host's piece.
    var resultOut: [MessageSlot] = []
    /// The bytes of each message of the other host's piece.
    var parts: [Range<Int>] = []

    // How many messages of each kind have been dealt with.
    var foldedCount = 0
    var partialsOutCount = 0
    var resultInCount = 0
    var partialsInCount = 0
    var resultOutCount = 0
  }

  private let hostFold: SubtreeFold
  private let worldFold: SubtreeFold
  private let inbox: AlignedMemory
  /// The bytes of each message of this host's piece.
  private let ownParts: [Range<Int>]
  private var peers: [Peer] = []
  private var ownFoldedCount = 0
  private var resultCount = 0

  /// Prepares the messages.
  ///
  /// - Parameters:
  ///   - summands: by place, those of this host's ranks.
  ///   - hostFold: adds those up to the partial sums of the host, each in the place of its first summand.
  init(
    _ sum: BatchSum, index: Int, slice: Range<Int>, summands: [UnsafeMutableRawPointer],
    hostFold: SubtreeFold, plan: ReductionPlan, communicator: Communicator
  ) {
    self.hostFold = hostFold
    let hostIndex = plan.topology.hostIndex
    let pieces = (0..<plan.hostCount).map { slice.lines(part: $0, of: plan.hostCount) }
    let own = pieces[hostIndex]
    ownParts = Self.parts(of: own)
    let stride = AlignedMemory.padded(own.count)
    let inbox = AlignedMemory(byteCount: stride * plan.foreignSubtreeCount)
    self.inbox = inbox
    let roots = plan.hostTree.roots.map { summands[$0] }

    // By place among the partial sums of all hosts: where the first byte of the sum would be.
    var world = [UnsafeMutableRawPointer](repeating: summands[0], count: plan.worldTree.subtreeCount)
    var foreignCount = 0
    for host in pieces.indices {
      for (number, place) in plan.places(of: host).enumerated() {
        if host == hostIndex {
          world[place] = roots[number]
        } else {
          world[place] = inbox.base + stride * foreignCount - own.lowerBound
          foreignCount += 1
        }
      }
    }
    worldFold = SubtreeFold(sum, plan.worldTree, summands: world, target: summands[0])

    for host in plan.otherHosts {
      let rank = plan.topology.hosts[host].lowerBound + plan.topology.host.rank
      func slot(_ memory: UnsafeMutableRawPointer, _ part: Range<Int>, isResult: Bool, _ number: Int)
        -> MessageSlot
      {
        MessageSlot(
          communicator, peer: rank,
          tag: ReductionPlan.tag(sum: index, isResult: isResult, part: number),
          memory + part.lowerBound, byteCount: part.count)
      }
      var peer = Peer(rank: rank)
      peer.parts = Self.parts(of: pieces[host])
      for (number, part) in peer.parts.enumerated() {
        peer.partialsOut.append(
          roots.enumerated().map { slot($1, part, isResult: false, number * roots.count + $0) })
        peer.resultIn.append(slot(summands[0], part, isResult: true, number))
      }
      let places = plan.places(of: host)
      for (number, part) in ownParts.enumerated() {
        peer.partialsIn.append(
          places.enumerated().map { slot(world[$1], part, isResult: false, number * places.count + $0) })
        peer.resultOut.append(slot(summands[0], part, isResult: true, number))
      }
      peers.append(peer)
    }
  }

  private static func parts(of piece: Range<Int>) -> [Range<Int>] {
    stride(from: piece.lowerBound, to: piece.upperBound, by: messageByteCount).map {
      $0..<min($0 + messageByteCount, piece.upperBound)
    }
  }

  /// Whether the whole slice of the result is there, and nothing more is to be sent.
  var isDone: Bool {
    resultCount == ownParts.count
      && peers.allSatisfy {
        $0.resultInCount == $0.parts.count && $0.resultOutCount == ownParts.count
      }
  }

  /// The ranks that keep this one waiting: those whose partial sums have not come, or else, since every result needs those of
  /// all, whose results have not.
  var awaitedRanks: [Int] {
    let silent = peers.filter { $0.partialsInCount < ownParts.count }
    let late = silent.isEmpty ? peers.filter { $0.resultInCount < $0.parts.count } : silent
    return (late.isEmpty ? peers.filter { $0.resultOutCount < ownParts.count } : late).map(\.rank)
  }

  /// Begins to listen.
  func start() throws(MPIError) {
    ownFoldedCount = 0
    resultCount = 0
    for index in peers.indices {
      peers[index].foldedCount = 0
      peers[index].partialsOutCount = 0
      peers[index].resultInCount = 0
      peers[index].partialsInCount = 0
      peers[index].resultOutCount = 0
      for slots in peers[index].partialsIn {
        for slot in slots { try slot.receive() }
      }
    }
  }

  /// Does what can be done without waiting; the summands of all ranks of the host are there.
  ///
  /// - Returns: whether there was anything to do.
  func advance() throws(MPIError) -> Bool {
    var isMoving = try foldNext()
    for index in peers.indices where try advance(index) { isMoving = true }
    while resultCount < ownFoldedCount, peers.allSatisfy({ $0.partialsInCount > resultCount }) {
      worldFold(ownParts[resultCount])
      for peer in peers { try peer.resultOut[resultCount].send() }
      resultCount += 1
      isMoving = true
    }
    return isMoving
  }

  /// Adds up one message's bytes for each host, and sends them.
  private func foldNext() throws(MPIError) -> Bool {
    var isMoving = false
    for index in peers.indices where peers[index].foldedCount < peers[index].parts.count {
      let number = peers[index].foldedCount
      hostFold(peers[index].parts[number])
      for slot in peers[index].partialsOut[number] { try slot.send() }
      peers[index].foldedCount += 1
      isMoving = true
    }
    if ownFoldedCount < ownParts.count {
      hostFold(ownParts[ownFoldedCount])
      ownFoldedCount += 1
      isMoving = true
    }
    return isMoving
  }

  /// Looks after the messages from and to one host, of each kind in their order.
  private func advance(_ index: Int) throws(MPIError) -> Bool {
    var isMoving = false
    while peers[index].partialsInCount < ownParts.count,
      try peers[index].partialsIn[peers[index].partialsInCount].areFinished()
    {
      peers[index].partialsInCount += 1
      isMoving = true
    }
    while peers[index].partialsOutCount < peers[index].foldedCount,
      try peers[index].partialsOut[peers[index].partialsOutCount].areFinished()
    {
      // The result takes the place of the partial sums that have left.
      try peers[index].resultIn[peers[index].partialsOutCount].receive()
      peers[index].partialsOutCount += 1
      isMoving = true
    }
    while peers[index].resultInCount < peers[index].partialsOutCount,
      try peers[index].resultIn[peers[index].resultInCount].isFinished()
    {
      peers[index].resultInCount += 1
      isMoving = true
    }
    while peers[index].resultOutCount < resultCount,
      try peers[index].resultOut[peers[index].resultOutCount].isFinished()
    {
      peers[index].resultOutCount += 1
      isMoving = true
    }
    return isMoving
  }
}

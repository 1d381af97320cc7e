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
    /// By message, this host's nodes of the other host's piece.
    var nodesOut: [[MessageSlot]] = []
    /// By message, the result of the other host's piece.
    var resultIn: [MessageSlot] = []
    /// By message, the other host's nodes of this host's piece.
    var nodesIn: [[MessageSlot]] = []
    /// By message, the result of this host's piece.
    var resultOut: [MessageSlot] = []
    /// The bytes of each message of the other host's piece.
    var parts: [Range<Int>] = []

    // How many messages of each kind have been dealt with.
    var foldedCount = 0
    var nodesOutCount = 0
    var resultInCount = 0
    var nodesInCount = 0
    var resultOutCount = 0
  }

  private let hostFold: NodeFold
  private let worldFold: NodeFold
  private let inbox: AlignedMemory
  /// The bytes of each message of this host's piece.
  private let ownParts: [Range<Int>]
  private var peers: [Peer] = []
  private var ownFoldedCount = 0
  private var resultCount = 0

  /// Prepares the messages.
  ///
  /// - Parameters:
  ///   - nodes: by place, the memory of the nodes of this host's ranks.
  ///   - hostFold: adds up those to the nodes of the host, each in the place of its first.
  init(
    _ sum: BatchSum, index: Int, slice: Range<Int>, nodes: [UnsafeMutableRawPointer], hostFold: NodeFold,
    plan: ReductionPlan, communicator: Communicator
  ) {
    self.hostFold = hostFold
    let hostIndex = plan.topology.hostIndex
    let pieces = (0..<plan.hostCount).map { slice.lines(part: $0, of: plan.hostCount) }
    let own = pieces[hostIndex]
    ownParts = Self.parts(of: own)
    let stride = AlignedMemory.padded(own.count)
    let inbox = AlignedMemory(byteCount: stride * plan.foreignNodeCount)
    self.inbox = inbox
    let roots = plan.hostTree.roots.map { nodes[$0] }

    // By place among the nodes of all hosts: where the first byte of the sum would be.
    var world = [UnsafeMutableRawPointer](repeating: nodes[0], count: plan.worldTree.nodeCount)
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
    worldFold = NodeFold(sum, plan.worldTree, nodes: world, target: nodes[0])

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
      var peer = Peer()
      peer.parts = Self.parts(of: pieces[host])
      for (number, part) in peer.parts.enumerated() {
        peer.nodesOut.append(
          roots.enumerated().map { slot($1, part, isResult: false, number * roots.count + $0) })
        peer.resultIn.append(slot(nodes[0], part, isResult: true, number))
      }
      let places = plan.places(of: host)
      for (number, part) in ownParts.enumerated() {
        peer.nodesIn.append(
          places.enumerated().map { slot(world[$1], part, isResult: false, number * places.count + $0) })
        peer.resultOut.append(slot(nodes[0], part, isResult: true, number))
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

  /// Begins to listen.
  func start() throws(MPIError) {
    ownFoldedCount = 0
    resultCount = 0
    for index in peers.indices {
      peers[index].foldedCount = 0
      peers[index].nodesOutCount = 0
      peers[index].resultInCount = 0
      peers[index].nodesInCount = 0
      peers[index].resultOutCount = 0
      for slots in peers[index].nodesIn {
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
    while resultCount < ownFoldedCount, peers.allSatisfy({ $0.nodesInCount > resultCount }) {
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
      for slot in peers[index].nodesOut[number] { try slot.send() }
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
    while peers[index].nodesInCount < ownParts.count,
      try peers[index].nodesIn[peers[index].nodesInCount].areFinished()
    {
      peers[index].nodesInCount += 1
      isMoving = true
    }
    while peers[index].nodesOutCount < peers[index].foldedCount,
      try peers[index].nodesOut[peers[index].nodesOutCount].areFinished()
    {
      // The result takes the place of the nodes that have left.
      try peers[index].resultIn[peers[index].nodesOutCount].receive()
      peers[index].nodesOutCount += 1
      isMoving = true
    }
    while peers[index].resultInCount < peers[index].nodesOutCount,
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

/// The sums of a reduction, and which of them are under way.
///
/// One thread at a time may call it.
final class SumQueue {
  private let sums: [RankSum]
  private let finished: (Int) -> Void
  /// The positions of the sums that were started and are not done, in the order of their starts.
  private var inFlight: [Int] = []

  /// A queue of sums, named by their positions from then on; none is under way.
  ///
  /// - Parameter finished: is told of every sum when it is done.
  init(_ sums: [RankSum], finished: @escaping (Int) -> Void = { _ in }) {
    self.sums = sums
    self.finished = finished
    inFlight.reserveCapacity(sums.count)
  }

  /// Whether no sum is under way.
  var isIdle: Bool { inFlight.isEmpty }

  /// Begins a sum.
  func start(_ sum: Int) throws {
    try sums[sum].start()
    inFlight.append(sum)
  }

  /// Whether the result of a sum can be read.
  func isDone(_ sum: Int) -> Bool { sums[sum].isDone }

  /// The ranks of other hosts that keep a sum waiting.
  func awaitedRanks(_ sum: Int) -> [Int] { sums[sum].awaitedRanks }

  /// Lets all sums take a step that are under way; returns whether any did.
  ///
  /// - Parameter first: a sum that somebody waits for, which comes first; the others follow if it is not done then.
  func advance(first: Int? = nil) throws -> Bool {
    var isMoving = false
    if let first, !sums[first].isDone {
      isMoving = try sums[first].advance()
      if sums[first].isDone {
        inFlight.removeAll { $0 == first }
        finished(first)
        return true
      }
    }
    var place = 0
    while place < inFlight.count {
      let sum = sums[inFlight[place]]
      if try sum.advance() { isMoving = true }
      if sum.isDone {
        inFlight.remove(at: place)
        finished(sum.index)
      } else {
        place += 1
      }
    }
    return isMoving
  }
}

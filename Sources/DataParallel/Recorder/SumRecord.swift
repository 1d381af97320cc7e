import Execution

/// What a reduction keeps to record its sums.
final class SumRecord {
  /// By sum, the number of its name.
  let names: [Int]
  /// By sum, the number of its latest collective; a communication thread reads those of sums under way while others start.
  let numbers: UnsafeMutablePointer<Int>
  /// The number of the name of a batch's beginning, when ranks wait until the others have read the results before.
  let beginningName: Int
  /// By rank of the topology, its number in the recorder.
  let ranks: [Int]

  /// For no sums.
  init() {
    (names, beginningName, ranks) = ([], 0, [])
    numbers = .allocate(capacity: 0)
  }

  /// Gives the recorder the names of the sums.
  init(_ sums: [BatchSum], _ recorder: FlightRecorder, ranks: [Int]) {
    names = sums.map { recorder.register([$0.name]) }
    numbers = .allocate(capacity: sums.count)
    numbers.initialize(repeating: 0, count: sums.count)
    beginningName = recorder.register(["the beginning"])
    self.ranks = ranks
  }

  deinit { numbers.deallocate() }
}

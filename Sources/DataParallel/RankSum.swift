import Execution
import Mistakes

/// One of the sums on this rank, on its way from the summands to the result.
///
/// It goes on by ``advance()``, which never waits: whoever needs the result calls it until the sum is done.
class RankSum {
  /// What is summed.
  let sum: BatchSum
  /// The position among the sums.
  let index: Int
  /// Where the result is read.
  let result: UnsafeMutableRawPointer
  /// Where this rank writes its summands.
  let summands: [UnsafeMutableRawPointer]

  let window: SumWindow
  /// How often the sum has been started.
  private(set) var generation = 0
  /// Whether the result can be read.
  final var isDone = true

  init(
    _ sum: BatchSum, index: Int, window: SumWindow, summands: [UnsafeMutableRawPointer],
    result: UnsafeMutableRawPointer
  ) {
    (self.sum, self.index, self.window) = (sum, index, window)
    (self.summands, self.result) = (summands, result)
  }

  /// Begins the sum: this rank's summands have been written.
  func start() throws {
    require(isDone, "\(sum.name) was started twice")
    generation += 1
    isDone = false
    window.set(.written(sum: index), generation)
  }

  /// Takes the next step if nobody has to be waited for.
  ///
  /// - Returns: whether there was anything to do.
  func advance() throws -> Bool { false }

  /// The ranks of other hosts that keep the sum waiting, as far as this rank knows.
  var awaitedRanks: [Int] { [] }
}

import DataParallel
import Execution
import MPI
import Mistakes
import Reports
import Training

extension TrainingRun {
  /// A timeline that was asked for.
  struct Trace: Sendable {
    /// The file to write.
    var path: String
    /// The steps to record, from 1.
    var steps: ClosedRange<Int>

    /// The steps that are recorded where nobody says which: the first ones take longer than all others.
    static let usualSteps = 3...7

    /// Reads `A:B`.
    static func steps(_ text: String) -> ClosedRange<Int>? {
      let bounds = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard bounds.count == 2, let first = bounds[0], let last = bounds[1], 1 <= first, first <= last else {
        return nil
      }
      return first...last
    }

    /// For the comparison of what the ranks were started with.
    var text: String { "\(path) \(steps.lowerBound):\(steps.upperBound)" }
  }

  /// What records a rank's part of a timeline, and gathers all parts at the end of a run.
  struct TraceRecording {
    let observer: TraceObserver
    /// The coordinator's file; nil on the others.
    private let file: AppendedFile?

    /// Compares the clocks of the ranks, and opens the file.
    ///
    /// Every rank must call this.
    ///
    /// - Throws: a `UserError`, on the coordinator, or `MistakeElsewhere`, if the file cannot be written.
    init(_ trace: Trace, _ trainer: Trainer, ranks: MPIRanks) throws {
      file = try ranks.agreeOnCoordinator { try AppendedFile(trace.path, .emptied(followsLinks: true)) }
      let origin = ContinuousClock.now
      let offset = try ranks.clockOffset {
        let (seconds, attoseconds) = origin.duration(to: .now).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
      }
      observer = TraceObserver(
        steps: trace.steps, executor: trainer.replica.executor, rank: ranks.rank, host: ranks.host,
        origin: origin, offset: offset.nanoseconds)
    }

    /// Writes the file, on the coordinator.
    ///
    /// Every rank must call this.
    func finish(_ ranks: MPIRanks) throws {
      let parts = try ranks.world.gatherV(Array(observer.text.utf8), root: 0)
      guard let file, let parts else { return }
      let text = TraceObserver.file(parts.map { String(decoding: $0, as: UTF8.self) })
      try ranks.alone { try file.write(Array(text.utf8)) }
    }
  }
}

import Execution
import Safetensors

/// Which checkpoints of a directory stay: the newest, and the one that did best on the test data.
struct CheckpointKeeping {
  private let directory: CheckpointDirectory
  private let policy: CheckpointPolicy
  /// The best checkpoint so far.
  private var best: (step: Int, test: BatchMetrics)?

  /// Looks at what lies in the directory already, up to the step at which the run begins.
  init(_ directory: CheckpointDirectory, _ policy: CheckpointPolicy, upTo step: Int) {
    self.directory = directory
    self.policy = policy
    guard policy.best != .none, step > 0 else { return }
    for step in directory.steps().filter({ $0 <= step }) {
      guard let model = try? Checkpoint.readFile(directory.modelPath(step: step)),
        let test = try? Checkpoint(model: model).position().test
      else { continue }
      consider(step, test)
    }
  }

  /// Takes note of a checkpoint that was written, and removes those that have become superfluous.
  ///
  /// Nothing but pairs of files of the names that ``CheckpointDirectory`` gives is ever removed.
  ///
  /// - Throws: `TensorFileError` if `best` cannot be written.
  mutating func keep(_ step: Int, test: BatchMetrics?) throws(TensorFileError) {
    if let test, policy.best != .none, consider(step, test) { try directory.point("best", to: step) }
    guard let count = policy.keep else { return }
    for old in directory.steps().filter({ $0 <= step }).dropLast(count) where old != best?.step {
      directory.remove(step: old)
    }
  }

  /// Whether a checkpoint is the best so far.
  @discardableResult
  private mutating func consider(_ step: Int, _ test: BatchMetrics) -> Bool {
    let isBetter =
      switch policy.best {
      case .testAccuracy: best.map { test.accuracy > $0.test.accuracy } ?? true
      case .testLoss: best.map { test.loss < $0.test.loss } ?? true
      case .none: false
      }
    if isBetter { best = (step, test) }
    return isBetter
  }
}

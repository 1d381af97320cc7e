import Execution
import Safetensors

/// Which checkpoints of a directory stay: the newest, and the one with the best score.
struct CheckpointKeeping {
  private let directory: CheckpointDirectory
  private let policy: CheckpointPolicy
  /// The best checkpoint so far.
  private var best: (step: Int, score: Double)?

  /// Looks at what lies in the directory already, up to the step at which the run begins.
  init(_ directory: CheckpointDirectory, _ policy: CheckpointPolicy, upTo step: Int) {
    self.directory = directory
    self.policy = policy
    guard policy.best != .none, step > 0 else { return }
    for step in directory.steps().filter({ $0 <= step }) {
      guard let model = try? Checkpoint.readFile(directory.modelPath(step: step)),
        let position = try? Checkpoint(model: model).position()
      else { continue }
      consider(step, position)
    }
  }

  /// Takes note of a checkpoint that was written, and removes those that have become superfluous.
  ///
  /// Nothing but pairs of files of the names that ``CheckpointDirectory`` gives is ever removed.
  ///
  /// - Throws: `TensorFileError` if `best` cannot be written.
  mutating func keep(_ step: Int, _ position: TrainingPosition) throws(TensorFileError) {
    if consider(step, position) { try directory.point("best", to: step) }
    guard let count = policy.keep else { return }
    for old in directory.steps().filter({ $0 <= step }).dropLast(count) where old != best?.step {
      directory.remove(step: old)
    }
  }

  /// Whether a checkpoint is the best so far.
  @discardableResult
  private mutating func consider(_ step: Int, _ position: TrainingPosition) -> Bool {
    let metrics =
      switch policy.best {
      case .testAccuracy, .testLoss: position.test
      case .validationAccuracy, .validationLoss: position.validation
      case .none: nil as BatchMetrics?
      }
    guard let metrics else { return false }
    // The higher the better.
    let score =
      switch policy.best {
      case .testLoss, .validationLoss: -metrics.loss
      default: metrics.accuracy
      }
    guard best.map({ score > $0.score }) ?? true else { return false }
    best = (step, score)
    return true
  }
}

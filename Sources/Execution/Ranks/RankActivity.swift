/// What a rank is at, for whoever watches it.
///
/// Steps are numbered from 1, as in the log.
public enum RankActivity: Hashable, Sendable {
  /// The program's own code, such as the reading of data; however long it takes, it is no hang.
  case outside
  /// The ranks compare what they were given, and prepare.
  case starting
  /// The gradients of a step are computed.
  case computing(step: Int)
  /// The parameters are updated.
  case updating(step: Int)
  /// Observers are told, and write their files, after a step.
  case reporting(step: Int)
  /// The model is evaluated after a step.
  case evaluating(step: Int)
  /// The replicas are compared and a checkpoint is written after a step.
  case checkpointing(step: Int)
}

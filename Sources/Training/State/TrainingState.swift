public import Execution

/// A training run at one moment: all that its further steps depend on beside the experiment.
///
/// It is the same on every rank and for any number of ranks.
public struct TrainingState: Hashable, Sendable {
  /// How far the run has come.
  public var position: TrainingPosition
  /// Parameters and buffers, in the order and under the names of PyTorch's `state_dict`.
  public var model: [StateTensor]
  /// The slots of the update rule, such as `momentum_buffer/0.weight`.
  public var slots: [StateTensor]

  /// Makes a state, such as one read from files; whether it fits a model is checked when it is restored.
  public init(position: TrainingPosition, model: [StateTensor], slots: [StateTensor]) {
    self.position = position
    self.model = model
    self.slots = slots
  }
}

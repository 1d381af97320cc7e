/// What an update rule is told of a step besides the parameters.
public struct UpdateStep: Hashable, Sendable {
  /// The steps since the beginning of training, from zero; a resumed run goes on counting.
  public var index: Int
  /// The learning rate of this step.
  public var learningRate: Double

  /// Makes the step `index`, from 0, at a learning rate.
  public init(index: Int, learningRate: Double) {
    self.index = index
    self.learningRate = learningRate
  }
}

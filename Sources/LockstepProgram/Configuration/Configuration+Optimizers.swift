package import Optimizers

extension Configuration {
  /// The update rule of the run.
  package var sgd: SGD {
    SGD(
      momentum: Float(optimizer.momentum), isNesterov: optimizer.nesterov,
      weightDecay: Float(optimizer.weightDecay))
  }

  /// The learning rate of one step.
  ///
  /// - Parameters:
  ///   - step: the step since the beginning of the run, from zero.
  ///   - stepsPerEpoch: the number of steps in an epoch, at least one.
  public func learningRate(step: Int, stepsPerEpoch: Int) -> Double {
    optimizer.schedule.learningRate(step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
  }
}

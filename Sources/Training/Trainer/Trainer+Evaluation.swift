public import Datasets
import Execution
import NeuralNetworks

extension Trainer {
  /// Completes the epoch, all of whose steps were taken: evaluates, and goes on to the next.
  package func endEpoch(seconds: Double) throws {
    let (trained, epoch) = (position.metrics, position.epoch + 1)
    ranks.enter(.evaluating(step: position.step))
    faults?.meet(.evaluation, step: position.step)
    let tested = try experiment.testData.map { try replica.evaluate($0) }
    // What the average is worth shows beside the weights that it is of.
    let plain =
      replica.average == nil
      ? nil : try experiment.testData.map { try replica.evaluate($0, averaged: false) }
    try emit(
      .epoch(
        TrainingEvent.Epoch(
          epoch: epoch, step: position.step, training: trained, test: tested?.metrics,
          testOfTrained: plain?.metrics, seconds: seconds)))
    try emit(
      .evaluated(
        TrainingEvent.Evaluation(split: "train", epoch: epoch, step: position.step, metrics: trained)))
    for (scores, weights) in [(tested, EvaluatedWeights.average), (plain, .trained)] {
      guard let scores else { continue }
      try emit(
        .evaluated(
          TrainingEvent.Evaluation(
            split: "test", epoch: epoch, step: position.step, metrics: scores.metrics, scores: scores,
            weights: replica.average == nil ? nil : weights)))
    }
    position.epoch += 1
    position.batch = 0
    position.metrics = BatchMetrics()
    position.test = tested?.metrics
    testScores = tested
    order = nil
  }

  /// The exact metrics and scores of a data set, with the running statistics.
  ///
  /// Every rank must call this, with equal data.
  ///
  /// - Parameter weights: those to evaluate; nil for the average, where the recipe keeps one.
  /// - Throws: a `UserError`, on one rank, or `MistakeElsewhere`, if the data do not fit the model and the loss, or are not
  ///   the same on all ranks; what the ranks throw.
  public func evaluate(_ source: any SampleSource, weights: EvaluatedWeights? = nil) throws -> DataScores {
    try ranks.agree {
      try experiment.check(source, called: "evaluation", outputs: replica.executor.graph.outputShape.count)
    }
    try StartCheck(ranks).requireEqual(
      fingerprints: [(split: "evaluation", fingerprint: source.fingerprint)], source: source.description)
    ranks.enter(.evaluating(step: position.step))
    defer { ranks.enter(.outside) }
    return try replica.evaluate(source, averaged: weights != .trained)
  }
}

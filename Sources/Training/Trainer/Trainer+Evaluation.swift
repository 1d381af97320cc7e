public import Datasets
import Execution
import NeuralNetworks

extension Trainer {
  /// What was evaluated after an epoch: a data set, by the weights that count, and by the trained ones where those are others.
  private struct Tested {
    var split: String
    var scores: DataScores
    var ofTrained: DataScores?
  }

  /// Completes the epoch, all of whose steps were taken: evaluates, and goes on to the next.
  package func endEpoch(seconds: Double) throws {
    let (trained, epoch) = (position.metrics, position.epoch + 1)
    ranks.enter(.evaluating(step: position.step))
    faults?.meet(.evaluation, step: position.step)
    let validation = try experiment.validationData.map { try test("validation", on: $0) }
    if let validation { noteScore(validation) }
    // Test data by which nothing is chosen are looked at once.
    let isLast = epoch == experiment.recipe.epochs || hasLostPatience
    let tested =
      validation == nil || isLast ? try experiment.testData.map { try test("test", on: $0) } : nil
    if validation == nil, let tested { noteScore(tested) }
    try emit(
      .epoch(
        TrainingEvent.Epoch(
          epoch: epoch, step: position.step, training: trained, validation: validation?.scores.metrics,
          test: tested?.scores.metrics, validationOfTrained: validation?.ofTrained?.metrics,
          testOfTrained: tested?.ofTrained?.metrics, seconds: seconds)))
    try emit(
      .evaluated(
        TrainingEvent.Evaluation(split: "train", epoch: epoch, step: position.step, metrics: trained)))
    for tested in [validation, tested] { if let tested { try tell(tested, epoch: epoch) } }
    position.epoch += 1
    position.batch = 0
    position.metrics = BatchMetrics()
    (position.validation, position.test) = (validation?.scores.metrics, tested?.scores.metrics)
    testScores = tested?.scores
    order = nil
  }

  private func test(_ split: String, on source: any SampleSource) throws -> Tested {
    // What the average is worth shows beside the weights that it is of.
    func tell(done: Int) throws {
      try emit(.working(TrainingEvent.Work(.evaluating(split: split), done: done, total: source.count)))
    }
    return Tested(
      split: split, scores: try replica.evaluate(source, tell: tell),
      ofTrained: replica.average == nil ? nil : try replica.evaluate(source, averaged: false, tell: tell))
  }

  private func tell(_ tested: Tested, epoch: Int) throws {
    for (scores, weights) in [(tested.scores, EvaluatedWeights.average), (tested.ofTrained, .trained)] {
      guard let scores else { continue }
      try emit(
        .evaluated(
          TrainingEvent.Evaluation(
            split: tested.split, epoch: epoch, step: position.step, metrics: scores.metrics, scores: scores,
            weights: replica.average == nil ? nil : weights)))
    }
  }

  // MARK: - Stopping early

  /// Whether epoch after epoch brought no better score, so that the run is to stop.
  var hasLostPatience: Bool {
    guard let stopping = experiment.recipe.stopping, let best = position.best else { return false }
    return best.epochsSince >= stopping.patience
  }

  /// Takes note of an epoch's score.
  private func noteScore(_ tested: Tested) {
    guard let stopping = experiment.recipe.stopping else { return }
    let score = stopping.score(tested.scores.metrics)
    if let best = position.best, !stopping.isBetter(score, than: best.score) {
      position.best?.epochsSince += 1
    } else {
      position.best = BestScore(score: score)
    }
  }

  /// The event of a stop.
  func event(of reason: StopReason) -> TrainingEvent.Stop {
    var stop = TrainingEvent.Stop(step: position.step, reason: reason)
    if reason == .patience, let stopping = experiment.recipe.stopping, let best = position.best {
      stop.best = (stopping.metric, best.score, position.epoch - best.epochsSince)
    }
    return stop
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

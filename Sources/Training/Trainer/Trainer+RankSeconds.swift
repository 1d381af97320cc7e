import Execution

extension Trainer {
  /// Adds up where the time of steps goes, and now and then exchanges it with the other ranks.
  ///
  /// Every rank must call this.
  ///
  /// - Returns: the times of all ranks since they were last exchanged; nil on one rank, and in most steps.
  func rankSeconds(with step: TrainingEvent.Step) throws -> TrainingEvent.RankSeconds? {
    guard ranks.count > 1 else { return nil }
    ownSeconds.steps += 1
    ownSeconds.sum += TrainingEvent.RankSeconds.Rank(
      total: step.seconds, phases: step.phases, update: step.updateSeconds)
    guard step.stepOfEpoch.isMultiple(of: machine.logEverySteps) || step.isLastOfEpoch else { return nil }
    defer { ownSeconds = (0, TrainingEvent.RankSeconds.Rank()) }
    let all = try ranks.allGather(ownSeconds.sum.words)
    return TrainingEvent.RankSeconds(
      steps: ownSeconds.steps, ranks: all.map(TrainingEvent.RankSeconds.Rank.init))
  }
}

extension TrainingEvent.RankSeconds.Rank {
  fileprivate var words: [UInt64] {
    [total, update, phases.data, phases.forward, phases.backward, phases.reduction].map(\.bitPattern)
  }

  fileprivate init(words: [UInt64]) {
    let seconds = words.map(Double.init(bitPattern:))
    self.init(total: seconds[0], update: seconds[1])
    (phases.data, phases.forward) = (seconds[2], seconds[3])
    (phases.backward, phases.reduction) = (seconds[4], seconds[5])
  }
}

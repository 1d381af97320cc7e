import Configurations
import Optimizers

/// The section `optimizer.schedule`.
extension LearningRateSchedule {
  enum Name: String, ConfigurationWord {
    case constant, step, cosine
  }

  enum Key: String, ConfigurationWord {
    case name, epochs, factor
    case finalLearningRate = "final_learning_rate"
    case warmupEpochs = "warmup_epochs"
    case warmupFrom = "warmup_from"

    /// The only schedule that the key has a meaning for; nil if it has one for all.
    var owner: Name? {
      switch self {
      case .epochs, .factor: .step
      case .finalLearningRate: .cosine
      case .name, .warmupEpochs, .warmupFrom: nil
      }
    }
  }

  /// Reads the section of a run of `epochs` epochs.
  init(_ reader: ConfigurationReader<Key>, baseLearningRate: Double, epochs: Int) throws(ConfigurationError) {
    let name: Name = try reader.word(.name) ?? .constant
    for key in Key.allCases where reader.node(key) != nil {
      if let owner = key.owner, owner != name {
        throw reader.error(
          key, "belongs to the schedule \(owner.rawValue), but optimizer.schedule.name is \(name.rawValue)")
      }
    }
    self.init(baseLearningRate: baseLearningRate)
    warmup = try Warmup(reader, baseLearningRate: baseLearningRate, epochs: epochs)
    switch name {
    case .constant:
      curve = .constant
    case .step:
      let first = (warmup?.epochs ?? 0) + 1
      guard first < epochs else {
        throw reader.error(
          .name, "found step, expected at least \(first + 1) epochs for it, but epochs is \(epochs)")
      }
      guard let milestones = try reader.increasingIntegers(.epochs, in: first...epochs - 1) else {
        throw reader.error(.epochs, "missing; expected a list of integers from \(first) to \(epochs - 1)")
      }
      curve = .step(epochs: milestones, factor: try reader.number(.factor, .factor) ?? 0.1)
    case .cosine:
      let limit = NumberRequirement.upTo(baseLearningRate, "optimizer.learning_rate")
      curve = .cosine(final: try reader.number(.finalLearningRate, limit) ?? 0)
    }
  }
}

extension LearningRateSchedule.Warmup {
  /// Reads the keys of the warm-up; nil if there is none.
  fileprivate init?(
    _ reader: ConfigurationReader<LearningRateSchedule.Key>, baseLearningRate: Double, epochs: Int
  ) throws(ConfigurationError) {
    let warmupEpochs = try reader.integer(.warmupEpochs, in: 0...Int.largestCount) ?? 0
    guard warmupEpochs <= epochs else {
      throw reader.error(.warmupEpochs, expected: "at most epochs (\(epochs))")
    }
    let limit = NumberRequirement.upTo(baseLearningRate, "optimizer.learning_rate")
    let from = try reader.number(.warmupFrom, limit)
    guard warmupEpochs > 0 else {
      if from == nil { return nil }
      throw reader.error(.warmupFrom, "needs optimizer.schedule.warmup_epochs of at least 1, but that is 0")
    }
    self.init(
      epochs: warmupEpochs,
      from: from ?? LearningRateSchedule.warmupStart(baseLearningRate: baseLearningRate))
  }
}

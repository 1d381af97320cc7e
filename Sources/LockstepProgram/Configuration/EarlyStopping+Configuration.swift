import Configurations
import Training

/// The section `stop`.
extension EarlyStopping {
  enum Key: String, ConfigurationWord {
    case patience, metric
  }

  /// - Parameter hasValidation: whether training samples are kept for validation, whose scores are taken then.
  /// - Returns: nil if the section is left out.
  init?(
    _ reader: ConfigurationReader<Configuration.Key>, hasValidation: Bool
  ) throws(ConfigurationError) {
    guard let stop: ConfigurationReader<Key> = try reader.optionalSection(.stop) else { return nil }
    let metric: Metric? = try stop.word(.metric)
    guard let patience = try stop.integer(.patience) else {
      throw stop.error(.patience, "missing; expected an integer of at least 1, of epochs")
    }
    if let metric, let problem = Configuration.contradiction(metric.isOfValidation, hasValidation) {
      throw stop.error(.metric, "found \(metric.rawValue), but \(problem)")
    }
    self.init(patience: patience, metric: metric ?? (hasValidation ? .validationLoss : .testLoss))
  }
}

extension Configuration {
  private enum CheckpointKey: String, ConfigurationWord {
    case best
  }

  /// What is wrong where a score of validation data, or of test data, is to decide.
  static func contradiction(_ isOfValidation: Bool, _ hasValidation: Bool) -> String? {
    switch (isOfValidation, hasValidation) {
    case (true, false): "data.validation_fraction, which keeps samples for it, is left out"
    case (false, true):
      "with data.validation_fraction the test data are scored at the end only; take a score of the validation data"
    default: nil
    }
  }

  /// Chooses the best checkpoint by the validation data, where there are some.
  ///
  /// - Throws: `ConfigurationError` if the section `checkpoint` wants it by data that are not scored after each epoch.
  mutating func setBest(_ node: ConfigurationNode) throws(ConfigurationError) {
    let reader = try ConfigurationReader<CheckpointKey>(unchecked: node, path: Key.checkpoint.rawValue)
    let hasValidation = data.validationFraction != nil
    guard let best: CheckpointPolicy.Best = try reader.word(.best) else {
      if hasValidation { machine.checkpoints.best = .validationAccuracy }
      return
    }
    guard best != .none else { return }
    let isOfValidation = best == .validationAccuracy || best == .validationLoss
    if let problem = Self.contradiction(isOfValidation, hasValidation) {
      throw reader.error(.best, "found \(best.rawValue), but \(problem)")
    }
  }
}

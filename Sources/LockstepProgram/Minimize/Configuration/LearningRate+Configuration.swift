import Configurations
import Minimization
import Records

/// The key `method.learning_rate` with the section `method.schedule`.
extension LearningRate {
  enum Name: String, ConfigurationWord {
    case constant, exponential, polynomial
  }

  enum Key: String, ConfigurationWord {
    case name, decay, power

    /// The schedules that the key has a meaning for; nil if it has one for all.
    fileprivate var owners: [Name]? {
      switch self {
      case .name: nil
      case .decay: [.exponential, .polynomial]
      case .power: [.polynomial]
      }
    }
  }

  init(
    _ method: ConfigurationReader<MinimizationConfiguration.Method.Key>
  ) throws(ConfigurationError) {
    let base = try method.requiredDouble(.learningRate, .positive)
    let reader: ConfigurationReader<Key> = try method.section(.schedule)
    let name: Name = try reader.word(.name) ?? .constant
    try reader.requireKeys(of: name, nameKey: .name) { $0.owners }
    switch name {
    case .constant: self = .constant(base)
    case .exponential: self = .exponential(base, decay: try reader.requiredDouble(.decay, .notNegative))
    case .polynomial:
      self = .polynomial(
        base, decay: try reader.requiredDouble(.decay, .notNegative),
        power: try reader.double(.power, .notNegative) ?? 0.5)
    }
  }

  /// The key `method.learning_rate`.
  var base: Double {
    switch self {
    case .constant(let rate), .exponential(let rate, _), .polynomial(let rate, _, _): rate
    }
  }

  /// The section `method.schedule`.
  var json: JSON {
    switch self {
    case .constant: .section([Key.name: .word(Name.constant)])
    case .exponential(_, let decay):
      .section([Key.name: .word(Name.exponential), .decay: .number(decay)])
    case .polynomial(_, let decay, let power):
      .section([Key.name: .word(Name.polynomial), .decay: .number(decay), .power: .number(power)])
    }
  }
}

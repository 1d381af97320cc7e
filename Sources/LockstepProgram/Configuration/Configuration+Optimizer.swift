package import Configurations
public import Optimizers
package import Records

extension Configuration {
  /// The update rule and its learning rate: section `optimizer`.
  public struct Optimizer: Equatable, Sendable {
    /// An update rule.
    public enum Name: String, ConfigurationWord {
      /// Stochastic gradient descent, `Optimizers.SGD`.
      case sgd
    }

    /// What weight decay applies to.
    public enum Decay: String, ConfigurationWord {
      /// All parameters, as PyTorch does if nothing else is said.
      case all
      /// Weights only: neither biases nor the scales and shifts of batch normalization.
      case weights
    }

    /// Which update rule.
    public var name = Name.sgd

    /// The learning rate by step; its base rate is the key `learning_rate`, greater than 0.
    public var schedule = Schedule(baseLearningRate: 0.1)

    /// The momentum, at least 0 and less than 1.
    public var momentum = 0.0

    /// Whether the momentum is Nesterov's; it must then be greater than 0.
    public var nesterov = false

    /// The weight decay, at least 0.
    public var weightDecay = 0.0

    /// What weight decay applies to.
    public var decay = Decay.all

    /// Creates the section with its defaults.
    public init() {}
  }
}

extension Configuration.Optimizer {
  enum Key: String, ConfigurationWord {
    case name, momentum, nesterov, decay, schedule
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
  }

  /// Reads the section of a run of `epochs` epochs.
  init(_ reader: ConfigurationReader<Key>, epochs: Int) throws(ConfigurationError) {
    name = try reader.word(.name) ?? name
    let learningRate = try reader.number(.learningRate, .positive) ?? schedule.baseLearningRate
    momentum = try reader.number(.momentum, .fraction) ?? momentum
    nesterov = try reader.boolean(.nesterov) ?? nesterov
    if nesterov && momentum == 0 {
      throw reader.error(.nesterov, expected: "false, or an optimizer.momentum greater than 0")
    }
    weightDecay = try reader.number(.weightDecay, .notNegative) ?? weightDecay
    decay = try reader.word(.decay) ?? decay
    schedule = try Schedule(reader.section(.schedule), baseLearningRate: learningRate, epochs: epochs)
  }

  var json: JSON {
    .section([
      Key.name: .word(name), .learningRate: .number(schedule.baseLearningRate), .momentum: .number(momentum),
      .nesterov: .boolean(nesterov), .weightDecay: .number(weightDecay), .decay: .word(decay),
      .schedule: schedule.json,
    ])
  }
}

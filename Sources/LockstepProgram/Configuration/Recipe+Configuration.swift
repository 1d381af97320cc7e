package import Configurations
import Execution
import NeuralNetworks
import Optimizers
package import Training

/// The sections and keys of a configuration that say how a model is trained.
extension Recipe {
  init(
    _ reader: ConfigurationReader<Configuration.Key>, _ registry: Registry
  ) throws(ConfigurationError) {
    self.init()
    batch = try Batch(reader.section(.batch))
    statistics = try reader.section(.batchNorm, of: StatisticsKey.self).word(.statistics) ?? statistics
    loss = try Loss(reader.section(.loss))
    epochs = try reader.integer(.epochs) ?? epochs
    seed = try reader.integer(.seed, in: 0...Int.max) ?? seed
    precision = try reader.word(.precision) ?? precision
    convolution = try reader.word(.convolution) ?? convolution
    collectives = try reader.word(.collectives) ?? collectives
    try readOptimizer(reader.sectionNode(.optimizer), path: "optimizer", registry)
  }

  /// The section `optimizer`: a rule by name with its own keys, the learning rate and its schedule.
  private mutating func readOptimizer(
    _ node: ConfigurationNode, path: String, _ registry: Registry
  ) throws(ConfigurationError) {
    let common = try ConfigurationReader<OptimizerKey>(unchecked: node, path: path)
    let rate = try common.number(.learningRate, .positive) ?? schedule.baseLearningRate
    schedule = try LearningRateSchedule(
      common.section(.schedule), baseLearningRate: rate, epochs: epochs)
    let options = try SectionOptions(node, path: path, common: OptimizerKey.words)
    let name =
      options.isGiven("name") ? try options.name(among: registry.updateRules.keys.sorted(), key: "name") : "sgd"
    updateRule = try options.make { options throws in try registry.updateRules[name]?(options) }
  }
}

private enum OptimizerKey: String, ConfigurationWord {
  case name, schedule
  case learningRate = "learning_rate"
}

private enum StatisticsKey: String, ConfigurationWord {
  case statistics
}

extension ConfigurationReader {
  /// The subsection of a key, whose own keys are those of `Child`; an empty one if it is left out.
  fileprivate func section<Child: ConfigurationWord>(
    _ key: Key, of: Child.Type
  ) throws(ConfigurationError) -> ConfigurationReader<Child> {
    try section(key)
  }
}

/// The section `batch`.
extension Batch {
  fileprivate enum Key: String, ConfigurationWord {
    case size, microshards
  }

  fileprivate init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init()
    size = try reader.integer(.size) ?? size
    microshards = try reader.integer(.microshards, in: 1...4096) ?? microshards
    guard size < microshards else { return }
    throw reader.node(.size) != nil
      ? reader.error(.size, expected: "at least batch.microshards (\(microshards))")
      : reader.error(.microshards, expected: "at most batch.size (\(size))")
  }
}

/// The section `loss`.
extension Loss {
  fileprivate enum Key: String, ConfigurationWord {
    case name
    case labelSmoothing = "label_smoothing"
  }

  fileprivate enum Name: String, ConfigurationWord {
    case crossEntropy = "cross_entropy"
    case squared
  }

  fileprivate init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    let name: Name = try reader.word(.name) ?? .crossEntropy
    self.init(name == .squared ? .squared : .softmaxCrossEntropy)
    labelSmoothing = try reader.number(.labelSmoothing, .fraction) ?? labelSmoothing
    guard labelSmoothing == 0 || name == .crossEntropy else {
      throw reader.error(.labelSmoothing, "belongs to cross_entropy, but loss.name is \(name.rawValue)")
    }
  }
}

// MARK: - Words

extension BatchStatistics: ConfigurationWord {
  /// What a configuration may ask for.
  public static var allCases: [BatchStatistics] { [.global, .microshard, .rank] }
}

extension ElementType: ConfigurationWord {}
extension ConvolutionAlgorithm: ConfigurationWord {}
extension Collectives: ConfigurationWord {}

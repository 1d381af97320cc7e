import Configurations
import Optimizers
import Records
import Training

/// The section `optimizer`: an update rule by name with its own keys, the learning rate and its schedule.
struct OptimizerSection {
  /// The keys that all rules have.
  private enum Key: String, ConfigurationWord {
    case name, schedule, rates
    case learningRate = "learning_rate"
    case clipNorm = "clip_norm"
    case average = "ema"
  }

  private enum AverageKey: String, ConfigurationWord {
    case decay
  }

  /// The update rule.
  let updateRule: any UpdateRule
  /// The learning rate by step.
  let schedule: LearningRateSchedule
  /// Factors of the learning rate by prefixes of parameters, in the order of the file, and where the user wrote them.
  let rates: [FineTuning.Rate]
  let ratePlaces: [FineTuning.Place: ConfigurationPlace]
  /// The average of the weights that is kept; nil for none.
  let average: WeightAverage?
  /// The largest norm of a gradient; nil for any.
  let clipNorm: Double?
  /// The rule's name and keys with all defaults, without the learning rate: a rule of one's own need not know how a
  /// configuration tells it.
  let ruleJSON: JSON

  /// Reads the section of a run of `epochs` epochs at the usual learning rate `rate`.
  init(
    _ node: ConfigurationNode, path: String, _ registry: Registry, rate: Double, epochs: Int
  ) throws(ConfigurationError) {
    let common = try ConfigurationReader<Key>(unchecked: node, path: path)
    let rate = try common.number(.learningRate, .positive) ?? rate
    schedule = try LearningRateSchedule(common.section(.schedule), baseLearningRate: rate, epochs: epochs)
    let factors = try ConfigurationReader<SectionOptions.OptionKey>(
      unchecked: common.sectionNode(.rates), path: "\(path).\(Key.rates.rawValue)")
    (rates, ratePlaces) = try FineTuning.readRates(factors)
    clipNorm = try common.number(.clipNorm, .positive)
    let ema: ConfigurationReader<AverageKey>? = try common.optionalSection(.average)
    average = try ema.map { ema throws(ConfigurationError) in
      WeightAverage(decay: try ema.requiredNumber(.decay, .fraction))
    }
    let options = try SectionOptions(node, path: path, common: Key.words)
    let names = registry.updateRules.keys.sorted()
    let name = try options.name(among: names, key: Key.name.rawValue, default: "sgd")
    updateRule = try options.make(name, among: names) { name, options in
      try registry.updateRules[name]?(options)
    }
    let shared: [Key] = [.schedule, .learningRate, .rates, .clipNorm, .average]
    ruleJSON = options.json(without: shared.map(\.rawValue))
  }
}

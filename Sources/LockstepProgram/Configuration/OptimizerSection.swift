import Configurations
import Optimizers
import Records

/// The section `optimizer`: an update rule by name with its own keys, the learning rate and its schedule.
struct OptimizerSection {
  /// The keys that all rules have.
  private enum Key: String, ConfigurationWord {
    case name, schedule
    case learningRate = "learning_rate"
  }

  /// The update rule.
  let updateRule: any UpdateRule
  /// The learning rate by step.
  let schedule: LearningRateSchedule
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
    let options = try SectionOptions(node, path: path, common: Key.words)
    let names = registry.updateRules.keys.sorted()
    let name = try options.name(among: names, key: Key.name.rawValue, default: "sgd")
    updateRule = try options.make(name, among: names) { name, options in
      try registry.updateRules[name]?(options)
    }
    let shared: [Key] = [.schedule, .learningRate]
    ruleJSON = options.json(without: shared.map(\.rawValue))
  }
}

package import Configurations
import Datasets
import Mistakes
package import Records

/// The section `data`: a data set by name with its own keys, and the order of its samples.
package struct DataSection: Sendable {
  /// The keys that all data sets have, and that leave no trace where they are left out.
  enum Key: String, ConfigurationWord {
    case weights
    case validationFraction = "validation_fraction"
  }

  /// What `weights` may say.
  enum WeightsWord: String, CaseIterable {
    case balanced
  }

  /// The name in the configuration.
  package let name: String
  /// The data set; nothing was read yet.
  package let dataset: Dataset
  /// Whether each epoch takes the training samples in another random order.
  package let shuffles: Bool
  /// The share of the training samples that is kept for validation; nil for none.
  let validationFraction: Double?
  /// Whether the classes are to weigh the same, and where the user said so.
  let weights: WeightsWord?
  let weightsPlace: ConfigurationPlace
  /// The section with all defaults, keys sorted.
  package let json: JSON
  /// The keys of the section that no bit depends on.
  package let machineMembers: [(key: String, value: JSON)]
  /// The keys of the section that belong to the machine, whatever data set has them.
  static let machineKeys = ["cache_bytes", "loader_threads"]
  /// Where the samples come from, for messages: the folder, or the name of a set that is drawn.
  package var source: String { dataset.path ?? name }

  /// Reads the section.
  package init(
    _ node: ConfigurationNode, path: String, _ registry: Registry, context: DatasetContext
  ) throws(ConfigurationError) {
    let options = try SectionOptions(node, path: path, common: ["name", "shuffle"] + Key.words)
    let reader = try ConfigurationReader<Key>(unchecked: node, path: path)
    weights = try reader.word(.weights)
    weightsPlace = reader.place(of: .weights)
    let share = NumberRequirement(description: "a number greater than 0 and less than 1") { $0 > 0 && $0 < 1 }
    validationFraction = try reader.number(.validationFraction, share)
    let name = try options.name(among: registry.datasets.keys.sorted(), key: "name")
    self.name = name
    shuffles = try options.boolean("shuffle", default: true)
    dataset = try options.make(name, among: registry.datasets.keys.sorted()) { name, options in
      try registry.datasets[name]?(options, context)
    }
    machineMembers = options.machineMembers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    guard case .object(let members) = options.json else { unreachable("a section is an object") }
    json = .object((members + Self.members(weights, validationFraction)).sorted { $0.key < $1.key })
  }

  private static func members(
    _ weights: WeightsWord?, _ validationFraction: Double?
  ) -> [(key: String, value: JSON)] {
    (weights.map { [(Key.weights.rawValue, .text($0.rawValue))] } ?? [])
      + (validationFraction.map { [(Key.validationFraction.rawValue, .number($0))] } ?? [])
  }
}

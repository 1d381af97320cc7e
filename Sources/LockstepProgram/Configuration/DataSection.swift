package import Configurations
import Datasets
package import Records

/// The section `data`: a data set by name with its own keys, and the order of its samples.
package struct DataSection: Sendable {
  /// The name in the configuration.
  package let name: String
  /// The data set; nothing was read yet.
  package let dataset: Dataset
  /// Whether each epoch takes the training samples in another random order.
  package let shuffles: Bool
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
    let options = try SectionOptions(node, path: path, common: ["name", "shuffle"])
    let name = try options.name(among: registry.datasets.keys.sorted(), key: "name")
    self.name = name
    shuffles = try options.boolean("shuffle", default: true)
    dataset = try options.make(name, among: registry.datasets.keys.sorted()) { name, options in
      try registry.datasets[name]?(options, context)
    }
    json = options.json
    machineMembers = options.machineMembers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

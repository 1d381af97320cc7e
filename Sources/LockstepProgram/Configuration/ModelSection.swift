package import Configurations
package import NeuralNetworks
package import Records
import Training

/// The section `model`: a model by name with its own keys, and how it begins.
package struct ModelSection: Sendable {
  /// The name in the configuration.
  package let name: String
  /// The model.
  package let layer: any Layer
  /// The classes that the model tells apart, for data sets that do not tell theirs: its key `classes`, or the features of a
  /// written model's last layer.
  package let classes: Int
  /// How the parameters begin.
  package let initialization: Initialization
  /// Which weights the run begins with, and which of them it trains; without rates.
  let fineTuning: FineTuning
  /// By prefix of the model's parameters, where the user wrote it.
  let prefixPlaces: [FineTuning.Place: ConfigurationPlace]
  /// The section with all defaults, keys sorted, but for what ``fineTuning`` holds.
  package let json: JSON
  /// Where the user wrote the section.
  let place: ConfigurationPlace
  /// Where the user wrote a layer, by its path; nil for models that were not written layer by layer.
  let sequential: SequentialModel?

  /// Reads the section.
  package init(
    _ node: ConfigurationNode, path: String, _ registry: Registry
  ) throws(ConfigurationError) {
    let options = try SectionOptions(
      node, path: path, common: ["name", "initialization"] + FineTuning.Key.words)
    (fineTuning, prefixPlaces) = try FineTuning.read(node, path: path)
    let name = try options.name(among: registry.models.keys.sorted(), key: "name")
    self.name = name
    initialization = try options.word("initialization", default: Initialization.standard)
    layer = try options.make(name, among: registry.models.keys.sorted()) { name, options in
      try registry.models[name]?(options)
    }
    sequential = layer as? SequentialModel
    // A model may have a default of its own, and data sets must be told the same.
    classes =
      if case .integer(let count)? = options.recorded("classes") { count } else {
        max(2, sequential?.features ?? 10)
      }
    json = options.json
    place = node.place
  }

  /// Reads the section of a file, whatever else is there.
  ///
  /// - Throws: `ConfigurationError` if there is none, or it is wrong.
  package init(
    path: String, overrides: [String], registry: Registry = .current
  ) throws(ConfigurationError) {
    let root = try ConfigurationNode(
      yaml: ConfigurationNode.text(ofFile: path), source: path, overrides: overrides,
      expected: "a mapping with model")
    let reader = try ConfigurationReader<SectionOptions.OptionKey>(unchecked: root)
    try self.init(
      reader.sectionNode(SectionOptions.OptionKey(rawValue: "model")), path: "model", registry)
  }

  /// The graph of the model on samples of a shape, with a loss or without.
  ///
  /// - Throws: a `ConfigurationError` that names file, line and layer if the model does not take such samples.
  package func graph(input: Shape, loss: Graph.Loss?, labelSmoothing: Double = 0) throws(ConfigurationError)
    -> Graph
  {
    do throws(ShapeError) {
      guard let loss else { return try Graph(input: input, model: layer) }
      return try Graph(input: input, loss: loss, labelSmoothing: labelSmoothing, model: layer)
    } catch {
      let (place, key) = sequential?.place(of: error.path) ?? (place, "model")
      throw ConfigurationError(place, key: key, "\(error) (a sample has \(input))")
    }
  }
}

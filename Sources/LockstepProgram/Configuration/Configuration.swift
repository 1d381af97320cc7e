package import Configurations
import Datasets
import Mistakes
import Optimizers
package import Records
package import Reports
package import Training

/// A training run as one reads it from a YAML file: an experiment, whose model and data are named, and a machine.
///
/// ```yaml
/// model: {name: lenet, classes: 10}
/// data: {name: fashion-mnist, path: data/fashion-mnist}
/// batch: {size: 256, microshards: 8}
/// optimizer: {name: sgd, learning_rate: 0.5, schedule: {name: cosine, warmup_epochs: 1}}
/// epochs: 10
/// seed: 0
/// threads: 2
/// ```
///
/// Only the names of model and data are required.
package struct Configuration: Sendable {
  /// The model, its initialization, and how both were told.
  package var model: ModelSection

  /// The data set, and how it was told; nothing was read yet.
  package var data: DataSection

  /// How the model is trained.
  package var recipe: Recipe

  /// The name and the keys of the update rule, as they were told.
  private let updateRule: JSON

  /// By prefix of the model's parameters, where the user wrote it.
  let prefixPlaces: [FineTuning.Place: ConfigurationPlace]

  /// What no bit depends on.
  package var machine: Machine

  /// What is told TensorBoard, on which no bit depends either.
  package var tensorBoard: TensorBoardOptions

  /// The keys of the whole file.
  enum Key: String, ConfigurationWord {
    case model, data, batch, loss, optimizer, epochs, seed, threads, precision, convolution, collectives, stop
    case reduction, log, checkpoint, verify, watchdog, tensorboard
    case onNonFinite = "on_non_finite"
    case batchNorm = "batch_norm"
    case desyncCheck = "desync_check"
  }

  /// Reads a configuration from a YAML file.
  ///
  /// - Parameters:
  ///   - path: the file, in UTF-8.
  ///   - overrides: changes in the form `KEY=VALUE`, applied in order, such as `optimizer.learning_rate=0.5` or
  ///     `data={name: glyphs}`. KEY is dotted, VALUE is YAML and replaces whatever stood there.
  ///   - registry: the models, data sets and update rules that may be named.
  /// - Throws: a `ConfigurationError` that names the line or the override if the file cannot be read, is not a
  ///   YAML mapping, or says something that is unknown, out of range or contradictory.
  package static func load(
    path: String, overrides: [String] = [], registry: Registry = .current
  ) throws(ConfigurationError) -> Configuration {
    try parse(ConfigurationNode.text(ofFile: path), source: path, overrides: overrides, registry: registry)
  }

  /// Reads a configuration from a text in YAML.
  ///
  /// - Parameters:
  ///   - text: the YAML document, a mapping.
  ///   - source: what error messages call the text, such as the name of its file.
  ///   - overrides: as for `load(path:overrides:registry:)`.
  ///   - registry: as for `load(path:overrides:registry:)`.
  /// - Throws: a `ConfigurationError`, as `load(path:overrides:registry:)` does.
  package static func parse(
    _ text: String, source: String, overrides: [String] = [], registry: Registry = .current
  ) throws(ConfigurationError) -> Configuration {
    let root = try ConfigurationNode(
      yaml: text, source: source, overrides: overrides, expected: "a mapping with model and data")
    return try Configuration(ConfigurationReader(root), registry)
  }

  private init(_ reader: ConfigurationReader<Key>, _ registry: Registry) throws(ConfigurationError) {
    model = try ModelSection(reader.sectionNode(.model), path: Key.model.rawValue, registry)
    recipe = try Recipe(reader)
    let optimizer = try OptimizerSection(
      reader.sectionNode(.optimizer), path: Key.optimizer.rawValue, registry,
      rate: recipe.schedule.baseLearningRate, epochs: recipe.epochs)
    (recipe.updateRule, recipe.schedule) = (optimizer.updateRule, optimizer.schedule)
    (recipe.clipNorm, recipe.average) = (optimizer.clipNorm, optimizer.average)
    updateRule = optimizer.ruleJSON
    recipe.fineTuning = model.fineTuning
    recipe.fineTuning.rates = optimizer.rates
    prefixPlaces = model.prefixPlaces.merging(optimizer.ratePlaces) { $1 }
    data = try DataSection(
      reader.sectionNode(.data), path: Key.data.rawValue, registry,
      context: DatasetContext(seed: UInt64(recipe.seed), classes: model.classes))
    machine = try Machine(reader, recipe.statistics)
    tensorBoard = try TensorBoardOptions(reader.section(.tensorboard))
    try setBest(reader.sectionNode(.checkpoint))
    recipe.stopping = try EarlyStopping(
      reader, hasValidation: data.validationFraction != nil)
    try setWeights()
  }

  /// All that the bits depend on, defaults included: the part that ranks compare and checkpoints hold.
  package var experimentRecord: JSON { recipe.record(sections) }

  private var sections: Experiment.Sections {
    Experiment.Sections(model: model.json, data: data.json, updateRule: updateRule)
  }

  /// The complete configuration, defaults included, with sorted keys.
  ///
  /// JSON is YAML: `parse(_:source:overrides:registry:)` reads it back to an equal value. Equal configurations have equal
  /// texts, in every process and on every machine.
  package var json: JSON {
    guard case .object(var members) = experimentRecord,
      let position = members.firstIndex(where: { $0.key == Key.data.rawValue }),
      case .object(let dataMembers) = members[position].value
    else { unreachable("a record is an object, and so are its data") }
    members[position].value = .object((dataMembers + data.machineMembers).sorted { $0.key < $1.key })
    return .object((members + machine.members + tensorBoard.members).sorted { $0.key < $1.key })
  }

  /// The experiment: reads the data set.
  ///
  /// - Throws: a `UserError` if the data are missing or damaged.
  package func experiment() throws -> Experiment {
    var experiment = Experiment(
      model: model.layer, trainingData: try data.dataset.source(.train, true),
      testData: try data.dataset.source(.test, false))
    experiment.initialization = model.initialization
    experiment.shuffles = data.shuffles
    experiment.recipe = recipe
    (experiment.modelName, experiment.dataName) = (model.name, data.name)
    experiment.dataSource = data.source
    experiment.sections = sections
    if let fraction = data.validationFraction { try experiment.keepForValidation(fraction: fraction) }
    return experiment
  }
}

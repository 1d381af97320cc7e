public import Datasets
public import NeuralNetworks
public import Records
import Safetensors

/// All that the bits of a training run depend on: model, data with their treatment, and recipe.
///
/// The ranks compare it before they begin, checkpoints hold its ``record``, and a run may be continued by the same
/// experiment on any ``Machine``.
///
/// ```swift
/// var experiment = Experiment(model: LeNet(classes: 10), trainingData: images)
/// experiment.recipe.batch = Batch(size: 128, microshards: 8)
/// experiment.recipe.updateRule = SGD(momentum: 0.9)
/// experiment.recipe.epochs = 2
/// ```
public struct Experiment: Sendable {
  /// The model, from the input to the logits or predictions.
  public var model: any Layer

  /// How the model's parameters begin.
  public var initialization = Initialization.standard

  /// The samples to train with.
  public var trainingData: any SampleSource

  /// The samples to evaluate with after each epoch, of the same shape; nil for none.
  public var testData: (any SampleSource)?

  /// Whether each epoch takes the training samples in another random order.
  public var shuffles = true

  /// How the model is trained.
  public var recipe = Recipe()

  /// What logs call the model.
  public var modelName: String

  /// What logs call the data.
  public var dataName: String

  /// Where the data come from, for messages: a folder; nil to take ``dataName``.
  package var dataSource: String?

  /// The model and the data as a configuration tells them: the sections `model` and `data` of ``record``; nil to tell
  /// them by the model's graph and by the fingerprints and descriptions of the data.
  package var sections: Sections?

  /// The sections of a configuration that name model and data.
  package struct Sections: Sendable {
    /// The section `model`, initialization included.
    package var model: JSON
    /// The section `data`, shuffling included.
    package var data: JSON

    /// Makes the sections; each must tell all that model or data depend on.
    package init(model: JSON, data: JSON) {
      self.model = model
      self.data = data
    }
  }

  /// Creates an experiment with the default recipe.
  public init(model: any Layer, trainingData: any SampleSource, testData: (any SampleSource)? = nil) {
    self.model = model
    self.trainingData = trainingData
    self.testData = testData
    modelName = "\(type(of: model))"
    dataName = "\(type(of: trainingData))"
  }

  /// The model's graph on the training data's shape, ending in the recipe's loss.
  ///
  /// - Throws: `ShapeError` if the model does not take such samples.
  public func graph() throws(ShapeError) -> Graph {
    try Graph(
      input: Shape(trainingData.shape), loss: recipe.loss.kind, labelSmoothing: recipe.loss.labelSmoothing,
      model: model)
  }

  /// All that the bits depend on, under the keys of a configuration.
  ///
  /// Experiments of equal records give equal bits, but for what a layer, rule or source written by hand hides from its
  /// description.
  ///
  /// - Throws: `ShapeError` if the model does not take the data.
  public func record() throws(ShapeError) -> JSON {
    if let sections { return recipe.record(model: sections.model, data: sections.data) }
    let derived = try derivedSections()
    return recipe.record(model: derived.model, data: derived.data)
  }

  private func derivedSections() throws(ShapeError) -> Sections {
    func describe(_ source: any SampleSource) -> JSON {
      .object([
        ("description", .text(source.description)),
        ("fingerprint", .text(String(source.fingerprint, radix: 16))),
      ])
    }
    return Sections(
      model: .object([
        ("graph", .text(SHA256.digest(of: "\(try graph())"))),
        ("initialization", .text("\(initialization)")),
      ]),
      data: .object([
        ("shuffle", .boolean(shuffles)), ("test", testData.map(describe) ?? .null),
        ("train", describe(trainingData)),
      ]))
  }
}

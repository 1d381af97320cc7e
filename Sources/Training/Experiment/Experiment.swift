public import Datasets
public import Mistakes
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
  ///
  /// With ``validationData`` they are evaluated at the end of the run only: by then nothing is chosen any more.
  public var testData: (any SampleSource)?

  /// The samples to evaluate with after each epoch, by which a run is stopped or its best checkpoint chosen; nil to take
  /// ``testData`` for that.
  public var validationData: (any SampleSource)?

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

  /// Model, data and update rule as a configuration has them: parts of ``record()``; nil to take the hash of the model's
  /// graph, the fingerprints and descriptions of the data, and the rule's own record.
  package var sections: Sections?

  /// What a configuration says of model, data and update rule.
  package struct Sections: Sendable {
    /// The section `model`, initialization included.
    package var model: JSON
    /// The section `data`, shuffling included.
    package var data: JSON
    /// The update rule's members of the section `optimizer`; nil for the rule's own record.
    package var updateRule: JSON?

    /// Makes the sections; each must tell all that model, data or rule depend on.
    package init(model: JSON, data: JSON, updateRule: JSON? = nil) {
      self.model = model
      self.data = data
      self.updateRule = updateRule
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

  /// Keeps back a part of the training data for validation, drawn by the recipe's seed.
  ///
  /// - Parameter fraction: its share, > 0, < 1; at least one sample.
  /// - Throws: `UserMistake` if there are not two samples to split.
  public mutating func keepForValidation(fraction: Double) throws(UserMistake) {
    guard trainingData.count > 1 else {
      throw UserMistake(
        "data.validation_fraction: \(dataSource ?? dataName) has one training sample, at least 2 needed")
    }
    (trainingData, validationData) = trainingData.split(
      validationFraction: fraction, seed: UInt64(recipe.seed))
  }

  /// The data sets by what they are called in messages and logs.
  var splits: [(name: String, source: any SampleSource)] {
    [("train", trainingData)] + (validationData.map { [("validation", $0)] } ?? [])
      + (testData.map { [("test", $0)] } ?? [])
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
    if let sections { return recipe.record(sections) }
    return recipe.record(try derivedSections())
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
      data: .object(
        [
          ("shuffle", .boolean(shuffles)), ("test", testData.map(describe) ?? .null),
          ("train", describe(trainingData)),
        ] + (validationData.map { [("validation", describe($0))] } ?? [])
          + (recipe.loss.classWeights == .balanced ? [("weights", .text("balanced"))] : [])))
  }
}

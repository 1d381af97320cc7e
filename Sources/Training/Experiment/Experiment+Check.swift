package import Datasets
import Execution
package import Mistakes
package import NeuralNetworks

extension Experiment {
  /// The model's graph, after model, data, loss and recipe were seen to fit together.
  ///
  /// - Parameter ranks: the number of ranks.
  /// - Throws: `UserMistake` or `ShapeError` with what does not fit.
  package func checkedGraph(ranks: Int) throws -> Graph {
    try recipe.check(source: "", ranks: ranks)
    try checkStopping()
    for (_, source) in splits where source.count < 1 {
      throw UserMistake("\(dataSource ?? dataName): has no samples, at least 1 needed")
    }
    let graph = try graph()
    try recipe.fineTuning.check(graph)
    for (split, source) in splits {
      try check(source, called: split == "train" ? "training" : split, outputs: graph.outputShape.count)
    }
    try requireStatistics(of: graph, ranks: ranks)
    return graph
  }

  /// Checks that the data are there by which the run may stop.
  private func checkStopping() throws(UserMistake) {
    guard let metric = recipe.stopping?.metric else { return }
    func mistake(_ problem: String) -> UserMistake {
      UserMistake("stop.metric: found \(metric.rawValue), but \(problem)")
    }
    if metric.isOfValidation, validationData == nil { throw mistake("there are no validation data") }
    if !metric.isOfValidation, validationData != nil {
      throw mistake("with validation data the test data are scored at the end only")
    }
    if !metric.isOfValidation, testData == nil { throw mistake("there are no test data") }
  }

  /// Checks that a source fits the model and the loss.
  ///
  /// - Parameters:
  ///   - source: samples to train or to evaluate with.
  ///   - split: what the samples are called in messages, such as `test`.
  ///   - outputs: the number of the model's outputs.
  /// - Throws: `UserMistake` with what does not fit.
  func check(
    _ source: any SampleSource, called split: String, outputs: Int
  ) throws(UserMistake) {
    let shape = trainingData.shape
    guard source.shape == shape else {
      throw UserMistake(
        "\(dataSource ?? dataName): has \(split) samples of \(Shape(source.shape)) but training samples of \(Shape(shape)); their shapes must be "
          + "equal, as data.resize makes those of images")
    }
    try recipe.check(source, called: dataName, outputs: outputs)
  }
}

extension Recipe {
  /// Checks that the loss can compare a model's outputs with what a source says is right.
  ///
  /// - Parameters:
  ///   - source: the samples.
  ///   - dataName: what they are called in messages.
  ///   - outputs: the number of the model's outputs.
  /// - Throws: `UserMistake` with what does not fit.
  package func check(
    _ source: any SampleSource, called dataName: String, outputs: Int
  ) throws(UserMistake) {
    let weights = loss.classWeights.values
    guard [0, outputs].contains(weights.count) else {
      throw UserMistake(
        "loss.class_weights: found \(weights.count) weights, but the model has \(outputs) outputs; their numbers must be equal"
      )
    }
    switch (loss.kind, source.target) {
    case (.softmaxCrossEntropy, .classes(let count)) where count <= outputs: break
    case (.squared, .classes(let count)) where count == outputs: break
    case (.squared, .values(let count)) where count == outputs: break
    case (.binaryCrossEntropy, .classes(let count)) where count == outputs || (count, outputs) == (2, 1):
      break
    case (.binaryCrossEntropy, .values(let count)) where count == outputs:
      try requireProbabilities(source, called: dataName)
    case (.softmaxCrossEntropy, .values(let count)):
      throw UserMistake(
        "loss: cross_entropy needs classes, but \(dataName) has \(count) target values a sample; take squared"
      )
    case (.softmaxCrossEntropy, .classes(let count)):
      throw UserMistake("model: has \(outputs) outputs, too few for \(dataName), which has \(count) classes")
    case (.squared, .classes(let count)):
      throw UserMistake(
        "model: has \(outputs) outputs, but \(dataName) has \(count) classes; for the squared loss their numbers must be "
          + "equal")
    case (.binaryCrossEntropy, .classes(let count)):
      throw UserMistake(
        "model: has \(outputs) outputs, but \(dataName) has \(count) classes; for binary_cross_entropy their numbers must be "
          + "equal, or 1 output for 2 classes")
    case (.squared, .values(let count)), (.binaryCrossEntropy, .values(let count)):
      throw UserMistake(
        "model: has \(outputs) outputs, but \(dataName) has \(count) target values a sample; their numbers must be equal"
      )
    }
  }

  /// Requires that all target values of a source lie from 0 to 1.
  private func requireProbabilities(
    _ source: any SampleSource, called dataName: String
  ) throws(UserMistake) {
    var targets = [Float](repeating: 0, count: source.target.count)
    for sample in 0..<source.count {
      targets.withUnsafeMutableBufferPointer { targets in
        var span = targets.mutableSpan
        source.writeTargets(of: sample, into: &span)
      }
      if let value = targets.first(where: { !(0...1).contains($0) }) {
        throw UserMistake(
          "loss: binary_cross_entropy needs targets from 0 to 1, but \(dataName) has \(value) in sample \(sample)"
        )
      }
    }
  }
}

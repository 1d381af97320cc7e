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
    for source in [trainingData] + (testData.map { [$0] } ?? []) where source.count < 1 {
      throw UserMistake("\(dataSource ?? dataName): has no samples, at least 1 needed")
    }
    let graph = try graph()
    try recipe.fineTuning.check(graph)
    for (split, source) in [("training", trainingData)] + (testData.map { [("test", $0)] } ?? []) {
      try check(source, called: split, outputs: graph.outputShape.count)
    }
    try requireStatistics(of: graph, ranks: ranks)
    return graph
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
    switch (loss.kind, source.target) {
    case (.softmaxCrossEntropy, .classes(let count)) where count <= outputs: break
    case (.squared, .classes(let count)) where count == outputs: break
    case (.squared, .values(let count)) where count == outputs: break
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
    case (.squared, .values(let count)):
      throw UserMistake(
        "model: has \(outputs) outputs, but \(dataName) has \(count) target values a sample; their numbers must be equal"
      )
    }
  }
}

package import Datasets
package import Mistakes
import NeuralNetworks

extension Experiment {
  /// Checks that model, data, loss and recipe fit together.
  ///
  /// - Parameter ranks: the number of ranks.
  /// - Throws: `UserMistake` or `ShapeError` with what does not fit.
  package func check(ranks: Int) throws {
    try recipe.check(source: "", ranks: ranks)
    guard recipe.epochs >= 1 else {
      throw UserMistake("epochs: found \(recipe.epochs), expected at least 1")
    }
    let (shape, graph) = (trainingData.shape, try graph())
    if let testData, testData.shape != shape {
      throw UserMistake(
        "\(dataSource ?? dataName): has test samples of \(Shape(testData.shape)) but training samples of \(Shape(shape)); their "
          + "shapes must be equal, as data.resize makes those of images")
    }
    for source in [trainingData] + (testData.map { [$0] } ?? []) {
      try recipe.check(source, called: dataName, outputs: graph.outputShape.count)
    }
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
    case (_, .classes(let count)):
      throw UserMistake("model: has \(outputs) outputs, but \(dataName) has \(count) classes")
    case (.squared, .values(let count)):
      throw UserMistake(
        "model: has \(outputs) outputs, but \(dataName) has \(count) target values a sample")
    }
  }
}

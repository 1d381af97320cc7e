import Configurations
import Datasets
import Mistakes
package import NeuralNetworks
import Training

extension Configuration {
  /// The graph of the model on samples of a shape, ending in the loss.
  ///
  /// - Throws: `ConfigurationError` that names file, line and layer if the model does not take such samples.
  package func graph(input: Shape) throws -> Graph {
    try model.graph(input: input, loss: recipe.loss.kind, labelSmoothing: recipe.loss.labelSmoothing)
  }

  /// Checks that the loss can compare a model's outputs with what samples say is right.
  ///
  /// - Throws: `ConfigurationError` that names the file and the line of the model.
  func check(_ samples: any SampleSource, outputs: Int) throws(ConfigurationError) {
    do throws(UserMistake) {
      try recipe.check(samples, called: data.name, outputs: outputs)
    } catch {
      throw ConfigurationError(model.place, error.description)
    }
  }
}

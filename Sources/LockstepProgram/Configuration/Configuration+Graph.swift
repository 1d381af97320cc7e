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

  /// Checks that all prefixes stand for parameters of the model, and that something is left to train.
  ///
  /// - Throws: `ConfigurationError` that names the file and the line of the prefix, with the nearest one that would do.
  func checkFineTuning(_ graph: Graph) throws(ConfigurationError) {
    if let stranger = recipe.fineTuning.strangers(in: graph).first {
      let name = stranger.key == "optimizer.rates" ? "" : "[\(stranger.index)]"
      throw ConfigurationError(
        prefixPlaces[stranger] ?? model.place, key: stranger.key + name,
        "no parameter of the model has the name \(stranger.prefix), or begins with \(stranger.prefix).; "
          + Self.suggestion(for: stranger.prefix, among: graph.parameterPrefixes))
    }
    if let (key, problem) = recipe.fineTuning.contradiction(in: graph) {
      throw ConfigurationError(model.place.at(line: nil), key: key, problem)
    }
  }

  /// The nearest prefix, or those of the whole model's parts.
  private static func suggestion(for prefix: String, among prefixes: [String]) -> String {
    if let nearest = nearestWord(to: prefix, among: prefixes) { return "did you mean \"\(nearest)\"?" }
    let parts = prefixes.filter { !$0.contains(".") }
    return "expected \(expectation(of: Array(parts.prefix(16))))" + (parts.count > 16 ? ", …" : "")
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

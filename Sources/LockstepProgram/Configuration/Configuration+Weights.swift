import Configurations
import NeuralNetworks
import Training

extension Configuration {
  /// Takes over what the section `data` says of the weights of classes.
  ///
  /// - Throws: `ConfigurationError` if the section `loss` says otherwise.
  mutating func setWeights() throws(ConfigurationError) {
    guard data.weights == .balanced else { return }
    func mistake(_ problem: String) -> ConfigurationError {
      ConfigurationError(data.weightsPlace, key: "data.weights", problem)
    }
    guard recipe.loss.kind == .softmaxCrossEntropy else {
      throw mistake("belongs to cross_entropy, but loss.name is \(recipe.loss.name)")
    }
    guard recipe.loss.classWeights == .equal else {
      throw mistake("found together with loss.class_weights, expected one of them")
    }
    recipe.loss.classWeights = .balanced
  }
}

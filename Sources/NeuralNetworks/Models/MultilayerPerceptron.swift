/// Linear layers with relu between them, without batch normalization.
///
/// One hidden layer of 256 features, as in Zhang et al., "Dive into Deep Learning", section Multilayer Perceptrons:
/// 203,530 parameters for 10 classes and images of 1×28×28.
public struct MultilayerPerceptron: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// The features of each hidden layer.
  public var hidden: [Int]

  /// Makes the model.
  public init(classes: Int, hidden: [Int] = [256]) {
    self.classes = classes
    self.hidden = hidden
  }

  /// Adds the model's layers on `x`, an image or a vector.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    var layers = Sequential(Flatten())
    for features in hidden {
      layers.append(Linear(features))
      layers.append(Activation.relu)
    }
    layers.append(Linear(classes))
    return layers(x)
  }
}

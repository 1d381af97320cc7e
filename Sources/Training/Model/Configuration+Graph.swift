package import NeuralNetworks

extension Configuration {
  /// The graph of the configured model on images of a shape, ending in softmax cross entropy.
  ///
  /// - Parameter input: one image, [channels, height, width].
  /// - Throws: `ShapeError` if the model does not take images of this size.
  package func graph(input: Shape) throws(ShapeError) -> Graph {
    let layers: any Layer =
      switch model.name {
      case .lenet: LeNet(classes: model.classes, pooling: model.pooling == .max ? .max : .average)
      case .resnet18: ResNet(classes: model.classes)
      case .densenet: DenseNet(classes: model.classes)
      }
    return try Graph(input: input, loss: .softmaxCrossEntropy, model: layers)
  }

  /// How the parameters begin.
  package var initialization: NeuralNetworks.Initialization {
    switch model.initialization {
    case .pyTorch: .standard
    case .xavier: .xavier
    case .he: .he
    }
  }
}

package import NeuralNetworks

extension Configuration {
  /// The graph of the configured model on images of a shape, ending in softmax cross entropy.
  ///
  /// - Parameter input: one image, [channels, height, width].
  /// - Throws: `ShapeError` if the model does not take images of this size.
  package func graph(input: Shape) throws(ShapeError) -> Graph {
    let (classes, stem, zeroInit) = (model.classes, model.stem.built, model.zeroInitResidual)
    let layers: any Layer =
      switch model.name {
      case .lenet: LeNet(classes: classes, pooling: model.pooling == .max ? .max : .average)
      case .mlp: MultilayerPerceptron(classes: classes)
      case .vgg11: VGG(classes: classes)
      case .resnet18: ResNet(classes: classes, stem: stem, beginsAsShortcuts: zeroInit)
      case .resnet34:
        ResNet(classes: classes, blocks: [3, 4, 6, 3], stem: stem, beginsAsShortcuts: zeroInit)
      case .resnet50: BottleneckResNet(classes: classes, stem: stem, beginsAsShortcuts: zeroInit)
      case .densenet: DenseNet(classes: classes, stem: stem)
      case .densenet121: BottleneckDenseNet(classes: classes, stem: stem)
      }
    return try Graph(
      input: input, loss: .softmaxCrossEntropy, labelSmoothing: loss.labelSmoothing, model: layers)
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

extension Configuration.Model.Stem {
  fileprivate var built: NeuralNetworks.Stem {
    switch self {
    case .imagenet: .imagenet
    case .small: .small
    }
  }
}

import Configurations
import Execution
import NeuralNetworks

extension Registry {
  /// The models that come with Lockstep.
  static let standardModels: [String: ModelMaker] = [
    "lenet": { options in
      LeNet(
        classes: try classes(options), pooling: try options.word("pooling", default: Pooling2D.Reduction.max))
    },
    "mlp": { options in MultilayerPerceptron(classes: try classesWithoutPooling(options)) },
    "vgg11": { options in VGG(classes: try classesWithoutPooling(options)) },
    "resnet18": { options in try resNet(options, blocks: [2, 2, 2, 2]) },
    "resnet34": { options in try resNet(options, blocks: [3, 4, 6, 3]) },
    "resnet50": { options in try bottleneckResNet(options, blocks: [3, 4, 6, 3]) },
    "densenet": { options in DenseNet(classes: try classesWithoutPooling(options), stem: try stem(options)) },
    "densenet121": bottleneckDenseNet,
    "torchvision-resnet18": { options in try basicResNet(options, blocks: [2, 2, 2, 2]) },
    "torchvision-resnet34": { options in try basicResNet(options, blocks: [3, 4, 6, 3]) },
    "torchvision-resnet50": { options in try bottleneckResNet(options, blocks: [3, 4, 6, 3]) },
    "torchvision-resnet101": { options in try bottleneckResNet(options, blocks: [3, 4, 23, 3]) },
    "torchvision-densenet121": bottleneckDenseNet,
    "torchvision-vgg16": plainVGG,
    "vgg16": plainVGG,
    "sequential": { options in try SequentialModel(options) },
  ]

  private static func classes(_ options: SectionOptions) throws -> Int {
    try options.integer("classes", default: 10, in: 2...Int.largestCount)
  }

  /// The classes of a model without a choice of pooling, for which older checkpoints hold the default all the same.
  private static func classesWithoutPooling(_ options: SectionOptions) throws -> Int {
    options.ignore("pooling", of: "max")
    return try classes(options)
  }

  private static let bottleneckDenseNet: ModelMaker = { options in
    BottleneckDenseNet(classes: try classesWithoutPooling(options), stem: try stem(options))
  }

  private static let plainVGG: ModelMaker = { options in
    PlainVGG(
      classes: try classes(options), dropout: try options.number("dropout", default: 0.5, .fraction))
  }

  private static func bottleneckResNet(_ options: SectionOptions, blocks: [Int]) throws -> BottleneckResNet {
    BottleneckResNet(
      classes: try classesWithoutPooling(options), blocks: blocks, stem: try stem(options),
      beginsAsShortcuts: try zeroInitResidual(options))
  }

  private static func basicResNet(_ options: SectionOptions, blocks: [Int]) throws -> BasicResNet {
    BasicResNet(
      classes: try classes(options), blocks: blocks, stem: try stem(options),
      beginsAsShortcuts: try zeroInitResidual(options))
  }

  private static func stem(_ options: SectionOptions) throws -> Stem {
    try options.word("stem", default: Stem.imagenet)
  }

  private static func zeroInitResidual(_ options: SectionOptions) throws -> Bool {
    try options.boolean("zero_init_residual", default: false)
  }

  private static func resNet(_ options: SectionOptions, blocks: [Int]) throws -> ResNet {
    ResNet(
      classes: try classesWithoutPooling(options), blocks: blocks, stem: try stem(options),
      beginsAsShortcuts: try zeroInitResidual(options))
  }
}

extension SequentialModel {
  /// Reads the key `layers`.
  fileprivate init(_ options: SectionOptions) throws {
    var model: SequentialModel?
    _ = try options.node("layers") { node throws(ConfigurationError) in
      let read = try SequentialModel(node, key: "model.layers")
      model = read
      return read.json
    }
    guard let model else {
      throw options.error("layers", "missing; expected a list of layers, such as [flatten, {linear: 10}]")
    }
    self = model
  }
}

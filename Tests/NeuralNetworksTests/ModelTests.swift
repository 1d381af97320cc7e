import NeuralNetworks
import Testing

/// The models against the numbers and shapes that their books and papers print.
@Suite struct ModelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var model: any Layer
    var input: Shape
    var parameters: Int
    var statistics: Int

    init(_ name: String, _ model: any Layer, _ input: Shape, parameters: Int, statistics: Int) {
      (testDescription, self.model, self.input) = (name, model, input)
      (self.parameters, self.statistics) = (parameters, statistics)
    }
  }

  private static func made(_ model: any Layer, _ input: Shape) throws(ShapeError) -> Graph {
    try Graph(input: input, loss: .softmaxCrossEntropy, model: Model { model($0) })
  }

  /// Three channels instead of one are two times the stem's kernels more.
  static let counts = [
    Case("ResNet-18", ResNet(classes: 10), Shape(1, 96, 96), parameters: 11_178_378, statistics: 7_808),
    Case(
      "ResNet-18 in colour", ResNet(classes: 10), Shape(3, 96, 96), parameters: 11_178_378 + 2 * 64 * 49,
      statistics: 7_808),
    Case(
      "ResNet-18, small stem", ResNet(classes: 10, stem: .small), Shape(1, 28, 28), parameters: 11_175_818,
      statistics: 7_808),
    Case("DenseNet", DenseNet(classes: 10), Shape(1, 96, 96), parameters: 758_226, statistics: 6_608),
    Case(
      "DenseNet in colour", DenseNet(classes: 10), Shape(3, 224, 224), parameters: 758_226 + 2 * 64 * 49,
      statistics: 6_608),
    // torchvision's counts.
    Case(
      "ResNet-50", BottleneckResNet(classes: 1000), Shape(3, 224, 224), parameters: 25_557_032,
      statistics: 53_120),
    Case(
      "DenseNet-121", BottleneckDenseNet(classes: 1000), Shape(3, 224, 224), parameters: 7_978_856,
      statistics: 83_648),
    // torchvision's VGG-11 with batch normalization has 9,225,984 in its features.
    Case(
      "VGG-11", VGG(classes: 10), Shape(3, 32, 32), parameters: 9_225_984 + 5_130, statistics: 5_504),
    Case(
      "perceptron", MultilayerPerceptron(classes: 10), Shape(1, 28, 28), parameters: 203_530, statistics: 0),
  ]

  @Test("parameters and running statistics are as many as published", arguments: counts)
  func published(model: Case) throws {
    let graph = try Self.made(model.model, model.input)
    #expect(graph.parameterCount == model.parameters)
    #expect(graph.buffers.reduce(0) { $0 + $1.count } == model.statistics)
  }

  /// The shape after each named part of a model: the result of the last operation below it.
  private func stages(_ model: any Layer, _ input: Shape, _ names: [String]) throws -> [String] {
    let graph = try Self.made(model, input)
    return try names.map { name in
      let last = graph.operations.last { $0.path == name || $0.path.hasPrefix(name + ".") }
      return try graph.values[#require(last).output].shape.description
    }
  }

  static let resNetStages = ["0", "3", "resnet_block1", "resnet_block2", "resnet_block3", "resnet_block4"]

  @Test(
    "ResNet-18 has the book's shape after every stage", arguments: [1, 3],
    [
      (28, ["64×14×14", "64×7×7", "64×7×7", "128×4×4", "256×2×2", "512×1×1"]),
      (96, ["64×48×48", "64×24×24", "64×24×24", "128×12×12", "256×6×6", "512×3×3"]),
      (224, ["64×112×112", "64×56×56", "64×56×56", "128×28×28", "256×14×14", "512×7×7"]),
    ])
  func resNetStages(channels: Int, expected: (side: Int, shapes: [String])) throws {
    let input = Shape(channels, expected.side, expected.side)
    let names = Self.resNetStages + ["global_avg_pool", "fc"]
    #expect(try stages(ResNet(classes: 10), input, names) == expected.shapes + ["512×1×1", "10"])
    #expect(
      try stages(ResNet(classes: 10, blocks: [3, 4, 6, 3]), input, names)
        == expected.shapes + ["512×1×1", "10"])
  }

  @Test("with the small stem ResNet-18 keeps the image in its first stage")
  func smallStem() throws {
    let names = ["0", "resnet_block1", "resnet_block2", "resnet_block3", "resnet_block4", "fc"]
    #expect(
      try stages(ResNet(classes: 10, stem: .small), Shape(1, 28, 28), names)
        == ["64×28×28", "64×28×28", "128×14×14", "256×7×7", "512×4×4", "10"])
  }

  static let denseNetStages = [
    "0", "3", "DenseBlosk_0", "transition_block_0", "DenseBlosk_1", "transition_block_1", "DenseBlosk_2",
    "transition_block_2", "DenseBlosk_3", "BN",
  ]

  @Test(
    "DenseNet has the book's shape after every stage", arguments: [1, 3],
    [(96, [48, 24, 24, 12, 12, 6, 6, 3, 3, 3]), (224, [112, 56, 56, 28, 28, 14, 14, 7, 7, 7])])
  func denseNetStages(channels: Int, expected: (side: Int, sides: [Int])) throws {
    let widths = [64, 64, 192, 96, 224, 112, 240, 120, 248, 248]
    let shapes = zip(widths, expected.sides).map { "\($0)×\($1)×\($1)" } + ["248×1×1", "10"]
    let found = try stages(
      DenseNet(classes: 10), Shape(channels, expected.side, expected.side),
      Self.denseNetStages + ["global_avg_pool", "fc"])
    #expect(found == shapes)
  }

  @Test("images of 28 pixels are too small for DenseNet's large stem, and fit the small one")
  func denseNetOnSmallImages() throws {
    let error = #expect(throws: ShapeError.self) { try Self.made(DenseNet(classes: 10), Shape(1, 28, 28)) }
    #expect(error?.path == "transition_block_2.3")
    let names = Self.denseNetStages.filter { $0 != "3" }
    let shapes = zip([64, 192, 96, 224, 112, 240, 120, 248, 248], [28, 28, 14, 14, 7, 7, 3, 3, 3])
    #expect(
      try stages(DenseNet(classes: 10, stem: .small), Shape(1, 28, 28), names)
        == shapes.map { "\($0)×\($1)×\($1)" })
  }

  @Test("ResNet-50 and DenseNet-121 have the papers' shapes")
  func bottlenecks() throws {
    #expect(
      try stages(
        BottleneckResNet(classes: 10), Shape(3, 224, 224),
        ["conv1", "layer1", "layer2", "layer3", "layer4", "fc"])
        == ["64×112×112", "256×56×56", "512×28×28", "1024×14×14", "2048×7×7", "10"])
    #expect(
      try stages(
        BottleneckDenseNet(classes: 10), Shape(3, 224, 224),
        (1...4).map { "features.denseblock\($0)" } + ["classifier"])
        == ["256×56×56", "512×28×28", "1024×14×14", "1024×7×7", "10"])
  }

  @Test("residual blocks begin as shortcuts if asked to: the scale of the last normalization of each is 0")
  func zeroScales() throws {
    func zeros(_ model: any Layer) throws -> [String] {
      try Self.made(model, Shape(3, 64, 64)).parameters.filter { parameter in
        Initialization.he.values(for: parameter, at: 3, seed: 1).allSatisfy { $0 == 0 }
          && parameter.role != .bias && parameter.role != .shift
      }.map(\.path)
    }
    #expect(try zeros(ResNet(classes: 10)) == [])
    #expect(
      try zeros(ResNet(classes: 10, beginsAsShortcuts: true))
        == (1...4).flatMap { stage in (0...1).map { "resnet_block\(stage).\($0).bn2.weight" } })
    let deep = try zeros(BottleneckResNet(classes: 10, beginsAsShortcuts: true))
    #expect(deep.count == 16 && deep.allSatisfy { $0.hasSuffix(".bn3.weight") })
  }
}

import NeuralNetworks
import Testing

@Suite struct ParameterNameTests {
  private func names(_ layer: some Layer, input: Shape) throws -> [String] {
    try graph(of: layer, input: input).parameters.map(\.path)
  }

  @Test("a chain names its layers by their positions, those without parameters counted")
  func positions() throws {
    let graph = try Graph(input: Shape(1, 28, 28), loss: .softmaxCrossEntropy, model: LeNet(classes: 10))
    let layers = [0, 1, 4, 5, 9, 10, 12, 13, 15]
    #expect(graph.parameters.map(\.path) == layers.flatMap { ["\($0).weight", "\($0).bias"] })
    let normalizations = [1, 5, 10, 13]
    #expect(
      graph.buffers.map(\.path) == normalizations.flatMap { ["\($0).running_mean", "\($0).running_var"] })
  }

  @Test("chains inside chains and named children make dotted paths")
  func nested() throws {
    var model = Sequential(Convolution2D(3, kernel: 1), BatchNorm())
    model.append(Sequential(Residual(channels: 3), Residual(channels: 3)), name: "resnet_block1")
    model.append(Flatten())
    model.append(Sequential(Flatten(), Linear(2, bias: false)), name: "fc")
    func block(_ path: String) -> [String] {
      ["conv1", "bn1", "conv2", "bn2"].flatMap { ["\(path).\($0).weight", "\(path).\($0).bias"] }
    }
    #expect(
      try names(model, input: Shape(1, 4, 4))
        == ["0.weight", "0.bias", "1.weight", "1.bias"] + block("resnet_block1.0") + block("resnet_block1.1")
        + ["fc.1.weight"])
  }

  @Test("an unnamed child takes its position even after named ones")
  func positionsAfterNames() throws {
    var model = Sequential()
    model.append(Linear(4), name: "first")
    model.append(Linear(3))
    #expect(model.children.map(\.name) == ["first", "1"])
    #expect(try names(model, input: Shape(5)) == ["first.weight", "first.bias", "1.weight", "1.bias"])
  }

  @Test("a scope reaches the layers called inside it and no further")
  func scopes() throws {
    let model = Model { x in
      let y = x.scoped("outer") { x in
        let inner = x.scoped("inner") { Linear(4, name: "a")($0) }
        return Linear(4, name: "b")(inner)
      }
      return Linear(4, name: "c")(y)
    }
    #expect(
      try graph(of: model, input: Shape(3)).operations.prefix(3).map(\.path)
        == ["outer.inner.a", "outer.b", "c"])
  }

  @Test("parameters have PyTorch's shapes and orders, with their fans")
  func shapes() throws {
    let model = Sequential(
      Convolution2D(5, kernel: 3, padding: 1), BatchNorm(), Flatten(), Linear(7), Linear(2, bias: false))
    let parameters = try graph(of: model, input: Shape(2, 4, 4)).parameters
    #expect(
      parameters.map(\.shape) == [
        Shape(5, 2, 3, 3), Shape(5), Shape(5), Shape(5), Shape(7, 80), Shape(7), Shape(2, 7),
      ])
    #expect(parameters.map(\.role) == [.weight, .bias, .scale, .shift, .weight, .bias, .weight])
    #expect(parameters.map(\.fanIn) == [18, 18, 1, 1, 80, 80, 7])
    #expect(parameters.map(\.fanOut) == [45, 45, 1, 1, 7, 7, 2])
  }
}

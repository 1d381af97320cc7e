import LockstepProgram
import NeuralNetworks
import Testing

/// The models of the files in `configs`.
@Suite struct SequentialFileTests {
  @Test(
    "the chapters' four blocks have the shapes of the chapters",
    arguments: [
      ("residual", [3, 6, 6], [3, 6, 6]), ("residual-halving", [3, 6, 6], [6, 3, 3]),
      ("dense", [3, 8, 8], [23, 8, 8]), ("transition", [23, 8, 8], [10, 4, 4]),
    ])
  func blocks(name: String, input: [Int], output: [Int]) throws {
    let model = try SequentialModel(file: "blocks/\(name).yaml")
    #expect(try Graph(input: Shape(input), model: model).outputShape == Shape(output))
  }

  /// The kinds and shapes of a graph's operations.
  private func operations(_ model: some Layer, _ input: Shape) throws -> [String] {
    let graph = try Graph(input: input, model: model)
    return graph.operations.map {
      "\($0.kind) \(graph.values[$0.inputs[0]].shape) \(graph.values[$0.output].shape)"
    }
  }

  @Test("the blocks compute what those of the built-in networks do")
  func builtInBlocks() throws {
    let (small, large) = (Shape(3, 6, 6), Shape(3, 8, 8))
    #expect(
      try operations(SequentialModel(file: "blocks/residual.yaml"), small)
        == operations(Residual(channels: 3), small))
    #expect(
      try operations(SequentialModel(file: "blocks/residual-halving.yaml"), small)
        == operations(Residual(channels: 6, stride: 2, projects: true), small))
    #expect(
      try operations(SequentialModel(file: "blocks/dense.yaml"), large)
        == operations(DenseBlock(convolutions: 2, growth: 10), large))
  }

  @Test("LeNet without batch normalization has the book's shapes and parameters")
  func plainLeNet() throws {
    let graph = try Graph(
      input: Shape(1, 28, 28), loss: .softmaxCrossEntropy,
      model: SequentialModel(file: "lenet-plain-fashion-mnist.yaml"))
    #expect(
      graph.operations.map { graph.values[$0.output].shape.description } == [
        "6×28×28", "6×28×28", "6×14×14", "16×10×10", "16×10×10", "16×5×5", "400", "120", "120", "84", "84",
        "10", "scalar",
      ])
    #expect(graph.parameterCount == 61_706 && graph.buffers.isEmpty)
  }

  @Test("the plain and the residual network have the same chain of 20 layers with weights")
  func twentyLayers() throws {
    let input = Shape(1, 28, 28)
    func weights(_ file: String) throws -> [(path: String, shape: Shape)] {
      let graph = try Graph(input: input, loss: .softmaxCrossEntropy, model: SequentialModel(file: file))
      #expect(graph.outputShape == Shape(10))
      return graph.parameters.filter { $0.role == .weight }.map { ($0.path, $0.shape) }
    }
    let plain = try weights("plain20-glyphs.yaml").map(\.shape)
    let residual = try weights("residual20-glyphs.yaml")
    #expect(plain.count == 20)
    #expect(plain == residual.filter { !$0.path.contains("shortcut") }.map(\.shape))
    #expect(residual.count == 22)
  }
}

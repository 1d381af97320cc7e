import NeuralNetworks
import Testing

/// Graphs without a loss, and the layers that join other layers.
@Suite struct ConnectionTests {
  @Test("a graph without a loss has the same operations but the last, and the same result")
  func withoutLoss() throws {
    let (input, model) = (Shape(1, 28, 28), LeNet(classes: 10))
    let described = try Graph(input: input, model: model)
    for loss in [Graph.Loss.softmaxCrossEntropy, .squared] {
      let graph = try Graph(input: input, loss: loss, model: model)
      #expect(graph.loss == loss)
      #expect(graph.operations.dropLast() == described.operations[...])
      #expect(graph.output == described.output && graph.outputShape == Shape(10))
      #expect(graph.parameters == described.parameters && graph.buffers == described.buffers)
      #expect(graph.multiplyAddCount == described.multiplyAddCount)
    }
    #expect(described.loss == nil && described.outputShape == Shape(10))
  }

  @Test("without a loss the result may be an image, a single feature, or the input itself")
  func results() throws {
    #expect(try Graph(input: Shape(3, 6, 6), model: Residual(channels: 3)).outputShape == Shape(3, 6, 6))
    #expect(try Graph(input: Shape(4), model: Linear(1)).outputShape == Shape(1))
    let empty = try Graph(input: Shape(4), model: Sequential())
    #expect(empty.operations.isEmpty && empty.output == empty.input && empty.outputShape == Shape(4))
  }

  @Test("without a loss, too, a result that nothing reads is refused")
  func unused() throws {
    let error = try #require(throws: ShapeError.self) {
      _ = try Graph(
        input: Shape(4),
        model: Model { x in
          let y = Linear(4, name: "main")(x)
          _ = Linear(3, name: "side")(x)
          return y
        })
    }
    #expect(error == ShapeError(path: "side", reason: "its result is never used"))
  }

  @Test("tensors of more than 2³¹ − 1 elements are refused, with the layer's path")
  func tooLarge() throws {
    let parameter = try #require(throws: ShapeError.self) {
      _ = try Graph(input: Shape(65_536), model: Sequential(Activation.relu, Linear(32_768)))
    }
    #expect(parameter.path == "1.weight" && parameter.reason.contains("32768×65536"))
    let result = try #require(throws: ShapeError.self) {
      _ = try Graph(input: Shape(1, 1024, 1024), model: Sequential(Convolution2D(2048, kernel: 1)))
    }
    #expect(result.path == "0" && result.reason.contains("2048×1024×1024"))
    #expect(try Graph(input: Shape(65_536), model: Linear(32_767)).parameterCount == 32_767 * 65_537)
  }

  @Test("a residual connection of the block's layers is the block, but for names")
  func residual() throws {
    let input = Shape(3, 6, 6)
    let layers = Sequential(
      Convolution2D(6, kernel: 3, stride: 2, padding: 1), BatchNorm(), Activation.relu,
      Convolution2D(6, kernel: 3, padding: 1), BatchNorm())
    let connection = try Graph(
      input: input,
      model: Sequential(
        ResidualConnection(layers, shortcut: Sequential(Convolution2D(6, kernel: 1, stride: 2))),
        Activation.relu))
    let block = try Graph(input: input, model: Residual(channels: 6, stride: 2, projects: true))
    #expect(connection.operations.map(\.kind) == block.operations.map(\.kind))
    #expect(connection.operations.map(\.inputs) == block.operations.map(\.inputs))
    #expect(connection.parameters.map(\.shape) == block.parameters.map(\.shape))
    #expect(
      connection.parameters.filter { $0.role == .weight }.map(\.path)
        == ["0.residual.0.weight", "0.residual.3.weight", "0.shortcut.0.weight"])
  }

  @Test("a dense connection concatenates each result to its layer's input, under the layer's position")
  func dense() throws {
    let graph = try Graph(
      input: Shape(3, 8, 8), model: DenseConnection([Convolution2D(10, kernel: 1), Activation.relu]))
    #expect(graph.operations.map(\.path) == ["0", "0.concatenate", "1", "1.concatenate"])
    #expect(graph.operations.map(\.inputs) == [[0], [0, 1], [2], [2, 3]])
    #expect(graph.outputShape == Shape(26, 8, 8))
    #expect(graph.parameters.map(\.path) == ["0.weight", "0.bias"])
  }
}

import NeuralNetworks
import Testing

@Suite struct ShapeTests {
  @Test(
    "LeNet has the shapes and the 44,878 parameters of the book",
    arguments: [Pooling2D.Reduction.max, .average])
  func leNet(pooling: Pooling2D.Reduction) throws {
    let graph = try Graph(
      input: Shape(1, 28, 28), loss: .softmaxCrossEntropy, model: LeNet(classes: 10, pooling: pooling))
    let shapes = graph.operations.map { graph.values[$0.output].shape.description }
    #expect(
      shapes == [
        "6×24×24", "6×24×24", "6×24×24", "6×12×12", "16×8×8", "16×8×8", "16×8×8", "16×4×4", "256",
        "120", "120", "120", "84", "84", "84", "10", "scalar",
      ])
    #expect(graph.parameterCount == 44_878)
    #expect(graph.buffers.reduce(0) { $0 + $1.count } == 452)
    #expect(graph.inputShape == Shape(1, 28, 28))
    #expect(graph.outputShape == Shape(10))
  }

  @Test("a residual block keeps the shape, or halves the image and sets the channels")
  func residualBlock() throws {
    #expect(try shape(of: Residual(channels: 3), input: Shape(3, 6, 6)) == Shape(3, 6, 6))
    let projecting = Residual(channels: 6, stride: 2, projects: true)
    #expect(try shape(of: projecting, input: Shape(3, 6, 6)) == Shape(6, 3, 3))
  }

  @Test("a dense block adds the growth of each convolution to the channels")
  func denseBlock() throws {
    #expect(try shape(of: DenseBlock(convolutions: 2, growth: 10), input: Shape(3, 8, 8)) == Shape(23, 8, 8))
    let transition = Sequential(
      BatchNorm(), Activation.relu, Convolution2D(10, kernel: 1), Pooling2D(.average, kernel: 2))
    #expect(try shape(of: transition, input: Shape(23, 8, 8)) == Shape(10, 4, 4))
  }

  @Test("a window goes to as many places as can be counted", arguments: 1...7, 1...4)
  func windowPlaces(kernel: Int, stride: Int) throws {
    for padding in 0...kernel / 2 {
      for size in 1...12 {
        // The definition: every begin, a multiple of the stride, from which the window ends inside the padding.
        let begins = Swift.stride(from: -padding, through: size + padding - kernel, by: stride)
        let places = Array(begins).count
        let pooling = Pooling2D(.max, kernel: kernel, stride: stride, padding: padding)
        if places > 0 {
          #expect(try shape(of: pooling, input: Shape(1, size, size)) == Shape(1, places, places))
        } else {
          #expect(throws: ShapeError.self) { try shape(of: pooling, input: Shape(1, size, size)) }
        }
      }
    }
  }

  @Test("layers that move no pixels keep the shape; global pooling leaves one pixel")
  func otherLayers() throws {
    let image = Shape(5, 4, 3)
    for layer: any Layer in [BatchNorm(), Activation.relu, Activation.sigmoid, Sequential()] {
      #expect(try shape(of: layer, input: image) == image)
    }
    #expect(try shape(of: GlobalAveragePooling2D(), input: image) == Shape(5, 1, 1))
    let flat = try Graph(input: image, loss: .squared, model: Flatten())
    #expect(flat.outputShape == Shape(60))
    let vector = try Graph(input: Shape(7), loss: .squared, model: Flatten())
    #expect(vector.operations.map(\.kind) == [.squaredLoss])
  }

  @Test("a shape counts elements, channels and pixels, and prints as a product")
  func shapes() {
    let image = Shape(3, 5, 7)
    #expect(image.count == 105 && image.channels == 3 && image.pixels == 35)
    #expect(image.height == 5 && image.width == 7 && image.rank == 3)
    let vector = Shape(9)
    #expect(vector.count == 9 && vector.channels == 9 && vector.pixels == 1 && vector.height == 1)
    #expect(Shape().count == 1 && Shape().channels == 1)
    #expect(["\(image)", "\(vector)", "\(Shape())"] == ["3×5×7", "9", "scalar"])
  }

  @Test("equal models make equal graphs, and operations read only what stands before them")
  func graphs() throws {
    func make() throws -> Graph {
      try graph(
        of: Sequential(Residual(channels: 3), DenseBlock(convolutions: 3, growth: 4)), input: Shape(3, 6, 6))
    }
    let model = try make()
    #expect(try make() == model)
    for operation in model.operations {
      #expect(operation.inputs.allSatisfy { $0 < operation.output })
    }
    #expect(Set(model.operations.map(\.output)).count == model.operations.count)
  }
}

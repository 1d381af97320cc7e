import NeuralNetworks
import Testing

/// Convolutions of images with few channels against the definition in double precision.
@Suite struct NarrowConvolutionTests {
  struct Model: Layer {
    var channels: Int
    var kernel: Int

    func callAsFunction(_ x: Symbol) -> Symbol {
      Flatten()(Convolution2D(channels, kernel: kernel, name: "op")(x))
    }
  }

  /// Rows of all lengths that are cut into groups of pixels differently; five channels up to the most.
  @Test(
    "loss and gradients are those of the definition",
    arguments: [
      (Shape(6, 12, 12), 16, 5), (Shape(8, 7, 21), 17, 3), (Shape(5, 3, 9), 4, 2), (Shape(6, 6, 6), 3, 3),
    ])
  func agrees(input: Shape, channels: Int, kernel: Int) throws {
    let graph = try Graph(input: input, loss: .squared, model: Model(channels: channels, kernel: kernel))
    try expectDefinition(graph)
  }
}

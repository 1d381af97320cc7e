import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Convolutions of such small maps that oneDNN has only its reference kernel for the gradient of the filters.
@Suite struct PlainFilterGradientsTests {
  struct Model: Layer {
    var window: (kernel: Int, stride: Int, padding: Int)

    func callAsFunction(_ x: Symbol) -> Symbol {
      Flatten()(
        Convolution2D(
          19, kernel: window.kernel, stride: window.stride, padding: window.padding, name: "op")(x))
    }
  }

  @Test(
    "loss and gradients are those of the definition",
    arguments: [
      (Shape(17, 1, 1), (3, 1, 1)),
      (Shape(20, 2, 2), (3, 1, 1)),
      (Shape(20, 2, 2), (3, 2, 1)),
      (Shape(9, 1, 3), (3, 1, 2)),
      (Shape(9, 2, 5), (5, 2, 3)),
      (Shape(24, 3, 1), (2, 3, 1)),
    ])
  func agrees(input: Shape, window: (kernel: Int, stride: Int, padding: Int)) throws {
    try expectDefinition(try Graph(input: input, loss: .squared, model: Model(window: window)))
  }

  @Test("with AVX2, no map is so small that it is left to the reference kernel", arguments: [1, 2])
  func isUsed(side: Int) throws {
    let graph = try Graph(
      input: Shape(17, side, side), loss: .squared, model: Model(window: (kernel: 3, stride: 1, padding: 1)))
    let executor = try Executor.serial(
      graph, Executor.Options(partition: MicroshardPartition(batchSize: 2, count: 1)))
    let ours = executor.algorithms.map(\.algorithm).contains("direct, gradient of the filters ours")
    #expect(ours || KernelLibrary.instructionSet != "avx2")
  }
}

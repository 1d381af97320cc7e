import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Convolutions of images with few channels against the definition in double precision.
@Suite struct NarrowConvolutionTests {
  /// Relative to the loss, a sum of squares over all results.
  static let tolerance = 1e-6

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
    let executor = try Executor.serial(
      graph,
      Executor.Options(
        partition: MicroshardPartition(batchSize: 5, count: 2), needsInputGradient: true))
    let batch = RandomBatch(graph, samples: 5)
    var reference = ReferenceInterpreter(
      graph: graph,
      parameters: try executor.state().map { try $0.floats.map(Double.init) }, groups: [0..<5])
    let inputs = batch.inputs.map { $0.map(Double.init) }
    let targets = batch.targets.map { $0.map(Double.init) }
    let loss = try executor.forwardBackward(samples: 5, fill: batch.fill).loss
    let expected = reference.loss(inputs, labels: [], targets: targets)
    #expect(abs(loss - expected) < Self.tolerance * expected)

    // The loss is quadratic in each parameter, so that a central difference is its derivative but for rounding.
    for (parameter, gradient) in try executor.gradients().enumerated() {
      let found = try gradient.floats
      let largest = Double(found.map(abs).max() ?? 0)
      for index in stride(from: 0, to: found.count, by: 7) {
        let value = reference.parameters[parameter][index]
        func loss(_ value: Double) -> Double {
          reference.parameters[parameter][index] = value
          return reference.loss(inputs, labels: [], targets: targets)
        }
        let difference = loss(value + 0.5) - loss(value - 0.5)
        reference.parameters[parameter][index] = value
        #expect(abs(Double(found[index]) - difference) < 1e-5 * largest, "\(gradient.name), element \(index)")
      }
    }
  }
}

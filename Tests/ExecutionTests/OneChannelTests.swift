import CanonicalTree
import Execution
import NeuralNetworks
import Testing

/// Convolutions that oneDNN computes by its reference kernels alone, which want weights in a layout without blocks.
@Suite struct OneChannelTests {
  @Test(
    "weights of one channel keep their elements in every layout",
    arguments: [(1, 1), (1, 2), (2, 1), (1, 17), (17, 1), (3, 5)],
    [(2, 1, 2), (4, 3, 3), (3, 1, 1), (1, 2, 1)])
  func roundTrip(channels: (input: Int, output: Int), window: (kernel: Int, stride: Int, padding: Int)) throws
  {
    let graph = try Graph(
      input: Shape(3, 3, 3), loss: .squared,
      model: Sequential(
        Convolution2D(channels.input, kernel: 1),
        Convolution2D(
          channels.output, kernel: window.kernel, stride: window.stride, padding: window.padding),
        Flatten()))
    let executor = try Executor.serial(
      graph, Executor.Options(partition: MicroshardPartition(batchSize: 2, count: 1)))
    let state = try executor.state().map { tensor in
      StateTensor(
        name: tensor.name, shape: tensor.shape,
        floats: try tensor.floats.indices.map { Float($0 + 1) })
    }
    try executor.load(state)
    for (loaded, given) in zip(try executor.state(), state) {
      #expect(try loaded.floats == given.floats, "\(given.name)")
    }
  }
}

import CanonicalTree
import Execution
import Foundation
import NeuralNetworks
import Testing

/// Whole networks and their blocks against PyTorch in double precision: a step's loss, logits and gradients.
///
/// Weights and images are not stored: both sides compute them from their positions.
@Suite struct GoldenNetworkTests {
  /// A network's results, as the script names them; a probe is the largest magnitude and a few elements.
  struct Golden: Decodable, Sendable {
    var input: [Int]
    var batch: Int
    var loss: Double
    var lossSmoothed: Double
    var logits: [Float]
    var gradients: [String: [Double]]
    var running: [String: [Double]]

    /// The median of the gradients' largest magnitudes.
    var typicalGradient: Double {
      let largest = gradients.values.map { $0[0] }.sorted()
      return largest[largest.count / 2]
    }
  }

  /// A network under its name in `pytorch_twin.py`.
  struct Network: Sendable, CustomTestStringConvertible {
    var name: String
    var model: any Layer
    /// The largest error relative to a tensor's largest number.
    ///
    /// PyTorch's own single precision is 1e-6 away in blocks, and up to 6e-5 after all layers of a network.
    var tolerance: Double
    var testDescription: String { name }

    init(_ name: String, _ model: any Layer, tolerance: Double = 1e-4) {
      (self.name, self.model, self.tolerance) = (name, model, tolerance)
    }

    /// A block and what a loss needs after it.
    static func block(_ name: String, _ blocks: any Layer...) -> Network {
      Network(name, Sequential(blocks + [GlobalAveragePooling2D(), Flatten(), Linear(10)]), tolerance: 1e-5)
    }
  }

  static let blocks: [Network] = [
    .block("block-residual", Residual(channels: 6)),
    .block("block-residual-projected", Residual(channels: 20, stride: 2, projects: true)),
    .block(
      "block-bottleneck", Bottleneck(channels: 5, stride: 2, projects: true), Bottleneck(channels: 5)),
    .block("block-dense", DenseBlock(convolutions: 2, growth: 10)),
    .block(
      "block-transition",
      Sequential(
        BatchNorm(), Activation.relu, Convolution2D(10, kernel: 1), Pooling2D(.average, kernel: 2))),
  ]

  static let networks: [Network] = [
    Network("mlp", MultilayerPerceptron(classes: 10), tolerance: 1e-5),
    Network("vgg11", VGG(classes: 10)),
    Network("resnet18", ResNet(classes: 10)),
    Network("resnet18-small", ResNet(classes: 10, stem: .small)),
    Network("resnet34-small", ResNet(classes: 10, blocks: [3, 4, 6, 3], stem: .small)),
    Network("resnet50", BottleneckResNet(classes: 10)),
    Network("densenet", DenseNet(classes: 10)),
    Network("densenet-small", DenseNet(classes: 10, stem: .small)),
    Network("densenet121", BottleneckDenseNet(classes: 10)),
  ]

  static let golden: [String: Golden] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (try? decoder.decode([String: Golden].self, from: GoldenFile.data("networks.json"))) ?? [:]
  }()

  @Test(
    "a step of a network gives PyTorch's loss, logits, gradients and statistics",
    arguments: blocks + networks)
  func stepAgrees(network: Network) throws {
    let golden = try #require(Self.golden[network.name])
    let executor = try Self.executor(network, golden, labelSmoothing: 0)
    let metrics = try executor.forwardBackward(samples: golden.batch, fill: Self.images(golden))
    #expect(abs(metrics.loss / golden.loss - 1) < network.tolerance)
    let logits = (0..<2).flatMap { executor.result(ofMicroshard: $0).joined() }
    #expect(Double(relativeError(logits, golden.logits)) < network.tolerance)

    var count = 0
    for gradient in try executor.gradients() {
      let expected = try #require(golden.gradients[gradient.name])
      // The bias that a batch normalization undoes has a gradient of 0: ours is the rounding of many summands.
      let isZero = expected[0] < 1e-12
      Self.compare(
        gradient, expected, scale: max(expected[0], golden.typicalGradient * (isZero ? 10 : 1)),
        tolerance: network.tolerance)
      count += 1
    }
    #expect(count == golden.gradients.count)
    for tensor in try executor.state() where tensor.name.contains(".running_") {
      let expected = try #require(golden.running[tensor.name])
      Self.compare(tensor, expected, scale: expected[0], tolerance: network.tolerance)
    }
  }

  @Test("label smoothing gives PyTorch's loss in training, and none in evaluation")
  func labelSmoothing() throws {
    let network = Self.networks[0]
    let golden = try #require(Self.golden[network.name])
    let executor = try Self.executor(network, golden, labelSmoothing: 0.1)
    let evaluated = try executor.evaluate(samples: golden.batch, fill: Self.images(golden))
    #expect(abs(evaluated.loss / golden.loss - 1) < 1e-6)
    let trained = try executor.forwardBackward(samples: golden.batch, fill: Self.images(golden))
    #expect(abs(trained.loss / golden.lossSmoothed - 1) < 1e-6)
    #expect(abs(golden.loss / golden.lossSmoothed - 1) > 1e-3, "the two cannot be mistaken for each other")
  }

  @Test("a network's state has PyTorch's names, types and shapes, in PyTorch's order", arguments: networks)
  func names(network: Network) throws {
    let golden = try #require(Self.golden[network.name])
    let state = try Self.executor(network, golden, labelSmoothing: 0).state()
    #expect(state.map(GoldenFile.describe) == (try GoldenFile.stateNames(of: network.name)))
  }

  // MARK: - Helpers

  private static func compare(_ found: StateTensor, _ probe: [Double], scale: Double, tolerance: Double) {
    guard case .floats(let values) = found.elements else { return }
    let largest = values.reduce(0) { max($0, Double(abs($1))) }
    let shares = [0.0, 0.31, 0.77]
    let probed = [largest] + shares.map { Double(values[Int($0 * Double(values.count))]) }
    for (value, expected) in zip(probed, probe) {
      let error = abs(value - expected) / scale
      #expect(error < tolerance, "\(found.name): \(value), not \(expected)")
    }
  }

  private static func executor(
    _ network: Network, _ golden: Golden, labelSmoothing: Double
  ) throws -> Executor {
    struct Model: Layer {
      var layer: any Layer
      func callAsFunction(_ x: Symbol) -> Symbol { layer(x) }
    }
    let graph = try Graph(
      input: Shape(golden.input), loss: .softmaxCrossEntropy, labelSmoothing: labelSmoothing,
      model: Model(layer: network.model))
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: 2),
      options: Executor.Options(partition: MicroshardPartition(batchSize: golden.batch, count: 2)))
    try executor.initialize(.standard, seed: 0)
    var weights: [String: [Float]] = [:]
    for (index, parameter) in graph.parameters.enumerated() {
      weights[parameter.path] = values(
        of: parameter, at: index, isBlock: network.name.hasPrefix("block"))
    }
    try executor.load(
      try executor.state().map { tensor in
        guard let values = weights[tensor.name] else { return tensor }
        return StateTensor(name: tensor.name, shape: tensor.shape, floats: values)
      })
    return executor
  }

  /// The weights that `set_weights` in the script makes.
  static func values(of parameter: Graph.Parameter, at index: Int, isBlock: Bool) -> [Float] {
    let fan = Double(parameter.shape.count / parameter.shape.dimensions[0])
    return (0..<parameter.shape.count).map { element in
      let number = 2 * hashed(element, tensor: index + 1) - 1
      return switch parameter.role {
      case .weight: Float(number * (3 / fan).squareRoot())
      case .scale: Float((isBlock ? 1 : 0.4) + 0.1 * number)
      case .shift: Float((isBlock ? 0 : 1.5) + 0.1 * number)
      case .bias: Float(0.1 * number)
      }
    }
  }

  private static func images(_ golden: Golden) -> (Int, SampleMemory) -> Void {
    let count = golden.input.reduce(1, *)
    return { position, memory in
      for index in 0..<count { memory.input[index] = Float(hashed(position * count + index, tensor: 0)) }
      memory.label.pointee = Int32(position * 3 % 10)
    }
  }
}

/// A number in [0, 1) that depends on nothing but its place: the finalizer of MurmurHash3.
func hashed(_ element: Int, tensor: Int) -> Double {
  var word = UInt32(truncatingIfNeeded: element) &* 2_654_435_761
  word &+= UInt32(truncatingIfNeeded: tensor &* 40_503)
  word = (word ^ word >> 16) &* 0x85EB_CA6B
  word = (word ^ word >> 13) &* 0xC2B2_AE35
  word ^= word >> 16
  return Double(word >> 8) * 0x1p-24
}

import CanonicalTree
import Execution
import NeuralNetworks
import Randomness
import Testing

/// Small models that together use every operation.
enum SmallModel: String, CaseIterable, Sendable {
  case residual, dense, wideDense, leNet, perceptron

  var graph: Graph {
    get throws(ShapeError) {
      switch self {
      case .residual:
        try Graph(input: Shape(3, 5, 5), loss: .softmaxCrossEntropy, model: Residuals())
      case .dense:
        try Graph(input: Shape(3, 4, 4), loss: .squared, model: Dense())
      case .wideDense:
        try Graph(input: Shape(3, 3, 3), loss: .softmaxCrossEntropy, model: WideDense())
      case .leNet:
        try Graph(
          input: Shape(1, 10, 10), loss: .softmaxCrossEntropy,
          model: Sequential(
            Convolution2D(4, kernel: 3, bias: false), BatchNorm(), Activation.sigmoid,
            Pooling2D(.max, kernel: 2), Convolution2D(5, kernel: 3, padding: 1, bias: false), BatchNorm(),
            Activation.sigmoid, Pooling2D(.average, kernel: 3, stride: 2, padding: 1), Flatten(),
            Linear(6, bias: false), BatchNorm(), Activation.sigmoid, Linear(4)))
      case .perceptron:
        try Graph(
          input: Shape(20), loss: .squared,
          model: Sequential(Linear(18), Activation.relu, Linear(7), Activation.sigmoid, Linear(3)))
      }
    }
  }

  // A bias before a batch normalization has a gradient of zero, in which no error can be seen: there is none.

  /// A residual block that keeps the shape, one that changes it, a value that is read twice, odd shortcuts.
  private struct Residuals: Layer {
    func callAsFunction(_ x: Symbol) -> Symbol {
      let first = x.scoped("block1") { x in
        let z = convolution(3, "1", x)
        let y = Convolution2D(3, kernel: 3, padding: 1, bias: false, name: "conv2")(z)
        return relu(BatchNorm(name: "bn2")(y) + x)
      }
      let second = first.scoped("block2") { x in
        let z = convolution(17, "1", x, stride: 2)
        let shortcut = Convolution2D(17, kernel: 1, stride: 2, name: "conv3")(x)
        return relu(BatchNorm(name: "bn2")(z + z) + shortcut)
      }
      // Two normalizations of which one can take the other as its shortcut, and one whose shortcut is its own input.
      let third = relu(BatchNorm(name: "bn3")(second) + BatchNorm(name: "bn4")(second))
      let fourth = BatchNorm(name: "bn5")(third) + third
      return Linear(3, name: "fc")(Flatten()(GlobalAveragePooling2D()(fourth)))
    }

    private func convolution(_ channels: Int, _ name: String, _ x: Symbol, stride: Int = 1) -> Symbol {
      let y = Convolution2D(
        channels, kernel: 3, stride: stride, padding: 1, bias: false, name: "conv" + name)(x)
      return relu(BatchNorm(name: "bn" + name)(y))
    }
  }

  /// A dense block whose channels, 3 + 7 + 7, cross the border of a channel block, and a transition.
  private struct Dense: Layer {
    func callAsFunction(_ x: Symbol) -> Symbol {
      let transition = denseBlock(x, growth: 7).scoped("transition") {
        Convolution2D(4, kernel: 1, name: "conv")(relu(BatchNorm(name: "bn")($0)))
      }
      let pooled = Pooling2D(.average, kernel: 2)(transition)
      return Linear(2, name: "fc")(Flatten()(GlobalAveragePooling2D()(sigmoid(pooled))))
    }
  }

  /// A dense block whose feature maps lie in one buffer, and share their statistics.
  private struct WideDense: Layer {
    func callAsFunction(_ x: Symbol) -> Symbol {
      let stem = Convolution2D(16, kernel: 1, bias: false, name: "stem")(x)
      let last = relu(BatchNorm(name: "bn")(denseBlock(stem, growth: 16)))
      return Linear(3, name: "fc")(Flatten()(GlobalAveragePooling2D()(last)))
    }
  }

  /// A block of two convolutions, each with a batch normalization before it.
  private static func denseBlock(_ x: Symbol, growth: Int) -> Symbol {
    (0..<2).reduce(x) { value, index in
      let new = value.scoped("\(index)") {
        Convolution2D(growth, kernel: 3, padding: 1, bias: false, name: "conv")(
          relu(BatchNorm(name: "bn")($0)))
      }
      return concatenate([value, new])
    }
  }
}

/// A batch of random numbers with all that a loss may ask for.
struct RandomBatch: Sendable {
  var inputs: [[Float]]
  var labels: [Int32]
  var targets: [[Float]]

  init(_ graph: Graph, samples: Int, seed: UInt64 = 1) {
    var random = Philox(seed: seed, purpose: .test)
    let classes = UInt32(graph.outputShape.count)
    inputs = (0..<samples).map { _ in (0..<graph.inputShape.count).map { _ in random.normal() } }
    labels = (0..<samples).map { _ in Int32(random.uniform(below: classes)) }
    targets = (0..<samples).map { _ in (0..<classes).map { _ in random.normal() } }
  }

  /// Writes the sample at a position.
  func fill(_ position: Int, _ memory: SampleMemory) {
    memory.input.update(from: inputs[position], count: inputs[position].count)
    memory.targets.update(from: targets[position], count: targets[position].count)
    memory.label.pointee = labels[position]
  }
}

extension StateTensor {
  /// The elements of a tensor of floats.
  var floats: [Float] {
    get throws {
      guard case .floats(let values) = elements else {
        Issue.record("\(name) holds no floats")
        return []
      }
      return values
    }
  }
}

extension [StateTensor] {
  /// The elements of the named tensors of floats.
  func doubles(_ names: [String]) throws -> [[Double]] {
    try names.map { name in try #require(first { $0.name == name }).floats.map(Double.init) }
  }
}

extension Executor {
  /// An executor of all microshards, whose parameters are random, those of normalizations among them.
  static func serial(_ graph: Graph, _ options: Options, seed: UInt64 = 9) throws -> Executor {
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: options.partition.count), options: options)
    try executor.initialize(.xavier, seed: seed)
    var random = Philox(seed: seed, purpose: .test, 77)
    try executor.load(
      try executor.state().map { tensor in
        let isVector = graph.parameters.contains { $0.path == tensor.name && $0.shape.rank == 1 }
        guard isVector else { return tensor }
        let values = try tensor.floats.map { $0 + 0.3 * random.normal() }
        return StateTensor(name: tensor.name, shape: tensor.shape, floats: values)
      })
    return executor
  }

  /// Gives the running statistics random values: means about 0, variances about 1.
  func loadRandomBuffers(seed: UInt64 = 5) throws {
    var random = Philox(seed: seed, purpose: .test, 78)
    try load(
      try state().map { tensor in
        guard let buffer = graph.buffers.first(where: { $0.path == tensor.name }) else { return tensor }
        let values = (0..<buffer.count).map { _ in
          buffer.role == .runningMean ? random.normal() : 0.5 + random.uniform()
        }
        return StateTensor(name: tensor.name, shape: tensor.shape, floats: values)
      })
  }

  /// A step of plain gradient descent.
  func descend(learningRate: Float = 0.1) {
    forEachParameter { memory in
      for index in memory.values.indices { memory.values[index] -= learningRate * memory.gradients[index] }
    }
  }
}

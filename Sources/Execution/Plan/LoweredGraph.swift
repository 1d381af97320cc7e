import Mistakes
import NeuralNetworks

/// A graph rewritten for execution: what surrounds batch normalizations fused into them, if wanted, layouts chosen.
struct LoweredGraph {
  /// What a node computes.
  enum Kind: Hashable {
    case convolution(Operation.Window)
    case linear
    /// y = f(γ x̂ + β), or y = f(γ x̂ + β + s) with a second input s, the shortcut of a residual block; or the maxima
    /// of f(γ x̂ + β) in windows.
    case batchNorm(Operation.Normalization, ActivationFunction, pooling: Operation.Window?)
    case activation(ActivationFunction)
    case pooling(Operation.Window, takesMaximum: Bool)
    case globalAveragePooling
    case flatten
    case pack
    /// Elements left out; `firstElement` is the place of its random numbers among those of a sample.
    case dropout(probability: Double, firstElement: Int)
    case add
    case concatenate
    case loss(Graph.Loss)
  }

  /// One kernel's work.
  struct Node {
    var kind: Kind
    var inputs: [Int]
    var output: Int
    var path: String
    var parameters: [Graph.ParameterID] = []
    var buffers: [Graph.BufferID] = []
    /// Whether any of the parameters is trained.
    var trainsParameters = false
    /// Whether a batch normalization takes its running statistics in training, too.
    var hasFrozenStatistics = false

    var isBatchNorm: Bool {
      if case .batchNorm = kind { true } else { false }
    }

    /// Over what a batch normalization takes its statistics in training, where all others do over `statistics`.
    func statistics(of statistics: BatchStatistics) -> BatchStatistics {
      hasFrozenStatistics ? .running : statistics
    }

    /// Whether the node has weights whose gradient it computes in a phase of its own.
    var hasWeights: Bool { !parameters.isEmpty && !isBatchNorm }

    /// The input whose gradient may take the memory of the gradient of the output; nil for none.
    var inPlaceInput: Int? {
      switch kind {
      // The gradient of a shortcut is that of the output behind the activation.
      case .batchNorm(_, _, let pooling): pooling == nil ? inputs.count - 1 : nil
      case .activation: 0
      default: nil
      }
    }
  }

  /// A value with its layout and whether its gradient is needed.
  struct Value {
    var shape: Shape
    var isBlocked: Bool
    var element: ElementType
    var needsGradient: Bool
    /// The nodes and input positions that read the value, in order.
    var consumers: [(node: Int, position: Int)] = []
  }

  /// The number of the graph's parameter tensors.
  let parameterCount: Int
  /// Whether dropouts leave anything out in training.
  var dropsOut = true
  /// The ε of label smoothing in training.
  let labelSmoothing: Double
  /// By class, the weight of its samples in training; none where all weigh the same.
  var classWeights: [Double] = []
  private(set) var nodes: [Node] = []
  private(set) var values: [Value]

  /// Lowers a graph.
  ///
  /// - Parameters:
  ///   - mostPlainChannels: up to how many channels of the input a convolution reads in the plain layout.
  ///   - needsInputGradient: whether the gradient with respect to the input is wanted as well.
  ///   - precision: the type of all values but the input.
  ///   - frozen: the parameters that are not trained.
  ///   - freezesStatistics: whether batch normalizations that are wholly frozen take their running statistics.
  ///   - fuses: whether batch normalizations take in what surrounds them; otherwise each operation is a node.
  init(
    _ graph: Graph, mostPlainChannels: Int, needsInputGradient: Bool, precision: ElementType,
    frozen: Set<Graph.ParameterID> = [], freezesStatistics: Bool = false, fuses: Bool = true
  ) {
    require(graph.loss != nil, "given a graph of \(graph.operations.count) operations without a loss")
    parameterCount = graph.parameters.count
    labelSmoothing = graph.labelSmoothing
    values = graph.values.map {
      Value(shape: $0.shape, isBlocked: true, element: precision, needsGradient: false)
    }
    values[graph.input].isBlocked = false
    values[graph.input].element = .float32
    values[graph.input].needsGradient = needsInputGradient

    var (plain, packed): (Int?, Int?) = (precision == .float32 ? graph.input : nil, nil)
    /// The input, brought into another form by a node of its own.
    func input(isBlocked: Bool) -> Int {
      values.append(
        Value(
          shape: graph.inputShape, isBlocked: isBlocked, element: precision, needsGradient: needsInputGradient
        )
      )
      nodes.append(Node(kind: .pack, inputs: [graph.input], output: values.count - 1, path: "input"))
      return values.count - 1
    }
    /// The value that an operation reads: the plain input is packed for all but convolutions of few channels.
    func read(_ value: Int, by kind: Operation.Kind) -> Int {
      guard value == graph.input else { return value }
      if case .convolution2D = kind, !needsInputGradient, graph.inputShape.channels <= mostPlainChannels {
        let value = plain ?? input(isBlocked: false)
        plain = value
        return value
      }
      let value = packed ?? input(isBlocked: true)
      packed = value
      return value
    }

    let fusions = fuses ? Fusion.all(in: graph) : [:]
    var droppedElements = 0
    for (index, operation) in graph.operations.enumerated() {
      // A batch normalization with a shortcut stands where the shortcut is known: at the end of what it fuses.
      let fusion = fusions[index]
      if let fusion, fusion.last != index { continue }
      let operation = fusion.map { graph.operations[$0.normalization] } ?? operation
      let inputs = operation.inputs + (fusion?.shortcut.map { [$0] } ?? [])
      var node = Node(
        kind: .add, inputs: inputs.map { read($0, by: operation.kind) },
        output: graph.operations[index].output, path: operation.path, parameters: operation.parameters,
        buffers: operation.buffers, trainsParameters: !frozen.isSuperset(of: operation.parameters))
      switch operation.kind {
      case .convolution2D(let window): node.kind = .convolution(window)
      case .linear: node.kind = .linear
      case .batchNorm(let normalization):
        node.hasFrozenStatistics = freezesStatistics && !node.trainsParameters
        node.kind = .batchNorm(
          normalization, fusion?.activation ?? .identity, pooling: fusion?.pooling)
      case .relu: node.kind = .activation(.relu)
      case .sigmoid: node.kind = .activation(.sigmoid)
      case .maxPool2D(let window): node.kind = .pooling(window, takesMaximum: true)
      case .averagePool2D(let window): node.kind = .pooling(window, takesMaximum: false)
      case .globalAveragePool: node.kind = .globalAveragePooling
      case .flatten: node.kind = .flatten
      case .dropout(let probability):
        node.kind = .dropout(probability: probability, firstElement: droppedElements)
        // The stream of a sample goes by blocks of four numbers.
        droppedElements += (graph.values[operation.output].shape.count + 3) / 4 * 4
      case .add: node.kind = .add
      case .concatenate: node.kind = .concatenate
      case .softmaxCrossEntropy: node.kind = .loss(.softmaxCrossEntropy)
      case .squaredLoss: node.kind = .loss(.squared)
      case .binaryCrossEntropy: node.kind = .loss(.binaryCrossEntropy)
      }
      nodes.append(node)
    }
    findGradientsAndConsumers()
  }

  private mutating func findGradientsAndConsumers() {
    for (index, node) in nodes.enumerated() {
      let needed = node.trainsParameters || node.inputs.contains { values[$0].needsGradient }
      values[node.output].needsGradient = needed
      for (position, input) in node.inputs.enumerated() {
        values[input].consumers.append((index, position))
      }
    }
  }

  /// Whether a node computes the gradient of one of its inputs in the phase `backwardData`.
  func computesInputGradient(_ node: Int) -> Bool {
    if case .loss = nodes[node].kind { return false }
    return nodes[node].inputs.contains { values[$0].needsGradient }
  }
}

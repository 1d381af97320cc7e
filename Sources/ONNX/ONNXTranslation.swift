import NeuralNetworks

/// The translation of a graph's operations, one after the other.
struct ONNXTranslation {
  private let graph: Graph
  private let outputName: String
  /// By value of the graph, the name of the value that stands for it.
  private var names: [Graph.ValueID: String]
  private(set) var nodes: [ONNXNode] = []
  /// Tensors that no path of the graph stands for.
  private var constants: [ONNXTensor] = []
  /// The tensors of the graph that operations read.
  private var paths: [(path: String, shape: [Int])] = []

  init(_ graph: Graph, inputName: String, outputName: String) {
    (self.graph, self.outputName) = (graph, outputName)
    names = [graph.input: inputName]
  }

  /// Puts (x − mean) ÷ deviation before the model.
  mutating func normalize(mean: [Float], deviation: [Float]) {
    let shape = [1, mean.count] + graph.inputShape.dimensions.dropFirst().map { _ in 1 }
    constants += [
      ONNXTensor(name: "normalize.mean", shape: shape, values: mean),
      ONNXTensor(name: "normalize.deviation", shape: shape, values: deviation),
    ]
    let input = name(of: graph.input)
    nodes += [
      ONNXNode(
        operation: "Sub", name: "normalize.subtract", inputs: [input, "normalize.mean"], output: "centred"),
      ONNXNode(
        operation: "Div", name: "normalize.divide", inputs: ["centred", "normalize.deviation"],
        output: "normalized"),
    ]
    names[graph.input] = "normalized"
  }

  /// Puts y · deviation + mean behind the model.
  mutating func rescale(mean: [Float], deviation: [Float], into output: String) {
    constants += [
      ONNXTensor(name: "scale.mean", shape: [1, mean.count], values: mean),
      ONNXTensor(name: "scale.deviation", shape: [1, deviation.count], values: deviation),
    ]
    nodes += [
      ONNXNode(
        operation: "Mul", name: "scale.multiply", inputs: [name(of: graph.output), "scale.deviation"],
        output: "multiplied"),
      ONNXNode(operation: "Add", name: "scale.add", inputs: ["multiplied", "scale.mean"], output: output),
    ]
  }

  /// Adds an operation; losses are left out.
  mutating func add(_ operation: Operation) {
    switch operation.kind {
    case .convolution2D(let window):
      add("Conv", operation, attributes: Self.attributes(of: window))
    case .linear: add("Gemm", operation, attributes: [("transB", .integer(1))])
    case .batchNorm(let normalization):
      add("BatchNormalization", operation, attributes: [("epsilon", .float(Float(normalization.epsilon)))])
    case .relu: add("Relu", operation)
    case .sigmoid: add("Sigmoid", operation)
    case .maxPool2D(let window): add("MaxPool", operation, attributes: Self.attributes(of: window))
    case .averagePool2D(let window):
      add(
        "AveragePool", operation,
        attributes: Self.attributes(of: window) + [("count_include_pad", .integer(1))])
    case .globalAveragePool: add("GlobalAveragePool", operation)
    case .flatten: add("Flatten", operation, attributes: [("axis", .integer(1))])
    case .dropout: add("Identity", operation)
    case .add: add("Add", operation)
    case .concatenate: add("Concat", operation, attributes: [("axis", .integer(1))])
    case .softmaxCrossEntropy, .squaredLoss, .binaryCrossEntropy: break
    }
  }

  /// All tensors that the nodes read.
  func tensors(values: (_ path: String) -> [Float]) -> [ONNXTensor] {
    constants + paths.map { ONNXTensor(name: $0.path, shape: $0.shape, values: values($0.path)) }
  }

  private mutating func add(
    _ name: String, _ operation: Operation, attributes: [(name: String, value: ONNXNode.Attribute)] = []
  ) {
    let output: String
    if operation.output == graph.output {
      output = outputName
    } else {
      output = "\(nodes.count).\(operation.path.isEmpty ? name.lowercased() : operation.path)"
    }
    var inputs = operation.inputs.map(self.name(of:))
    for parameter in operation.parameters.map({ graph.parameters[$0] }) {
      inputs.append(read(parameter.path, parameter.shape.dimensions))
    }
    for buffer in operation.buffers.map({ graph.buffers[$0] }) {
      inputs.append(read(buffer.path, [buffer.count]))
    }
    nodes.append(
      ONNXNode(
        operation: name, name: "\(nodes.count).\(operation.path)", inputs: inputs, output: output,
        attributes: attributes))
    names[operation.output] = output
  }

  /// A model may use a layer twice; its tensors stand there once.
  private mutating func read(_ path: String, _ shape: [Int]) -> String {
    if !paths.contains(where: { $0.path == path }) { paths.append((path, shape)) }
    return path
  }

  private func name(of value: Graph.ValueID) -> String { names[value] ?? "value\(value)" }

  private static func attributes(of window: Operation.Window) -> [(name: String, value: ONNXNode.Attribute)] {
    [
      ("kernel_shape", .integers([window.kernel, window.kernel])),
      ("strides", .integers([window.stride, window.stride])),
      ("pads", .integers(Array(repeating: window.padding, count: 4))),
    ]
  }
}

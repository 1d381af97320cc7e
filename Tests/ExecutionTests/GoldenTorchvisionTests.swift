import CanonicalTree
import Execution
import Foundation
import NeuralNetworks
import Safetensors
import Testing

/// The models with torchvision's design against torchvision: names, shapes and order of the state, and logits.
@Suite struct GoldenTorchvisionTests {
  struct Golden: Decodable, Sendable {
    var input: [Int]
    var batch: Int
    var hidden: Int?
    var logits: [Float]
    var parameters: Int
    var names: String
  }

  static let golden: [String: Golden] =
    (try? JSONDecoder().decode([String: Golden].self, from: GoldenFile.data("torchvision.json"))) ?? [:]

  /// The model of a name, of so many classes; `hidden` is for VGG.
  private static func model(_ name: String, classes: Int, hidden: Int? = nil) -> any Layer {
    switch name {
    case "resnet18": BasicResNet(classes: classes)
    case "resnet34": BasicResNet(classes: classes, blocks: [3, 4, 6, 3])
    case "resnet50": BottleneckResNet(classes: classes)
    case "resnet101": BottleneckResNet(classes: classes, blocks: [3, 4, 23, 3])
    case "densenet121": BottleneckDenseNet(classes: classes)
    default: PlainVGG(classes: classes, hidden: hidden ?? 4096)
    }
  }

  private struct Model: Layer {
    var layer: any Layer
    func callAsFunction(_ x: Symbol) -> Symbol { layer(x) }
  }

  private static func graph(
    _ name: String, classes: Int, input: [Int], hidden: Int? = nil
  ) throws -> Graph {
    try Graph(
      input: Shape(input), loss: .softmaxCrossEntropy,
      model: Model(layer: model(name, classes: classes, hidden: hidden)))
  }

  @Test(
    "with 1000 classes the state has torchvision's names, types and shapes, in its order",
    arguments: golden.keys.sorted())
  func names(name: String) throws {
    let golden = try #require(Self.golden[name])
    let graph = try Self.graph(name, classes: 1000, input: [3, 224, 224])
    #expect(graph.parameterCount == golden.parameters)
    var text = ""
    for operation in graph.operations {
      for parameter in operation.parameters {
        text += "\(graph.parameters[parameter].path) F32 \(graph.parameters[parameter].shape.dimensions)\n"
      }
      for buffer in operation.buffers {
        text += "\(graph.buffers[buffer].path) F32 [\(graph.buffers[buffer].count)]\n"
      }
      if !operation.buffers.isEmpty { text += "\(operation.path).num_batches_tracked I64 []\n" }
    }
    #expect(SHA256.digest(of: text) == golden.names, "the state is\n\(text.prefix(2000))")
  }

  @Test("logits of an evaluation are torchvision's", arguments: golden.keys.sorted())
  func logits(name: String) throws {
    let golden = try #require(Self.golden[name])
    let graph = try Self.graph(name, classes: 10, input: golden.input, hidden: golden.hidden)
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: 1),
      options: Executor.Options(partition: MicroshardPartition(batchSize: golden.batch, count: 1)))
    try executor.initialize(.standard, seed: 0)
    var position = 0
    try executor.load(
      try executor.state().map { tensor in
        guard case .floats = tensor.elements else { return tensor }
        position += 1
        return StateTensor(
          name: tensor.name, shape: tensor.shape, floats: Self.values(tensor, at: position))
      })
    let count = golden.input.reduce(1, *)
    _ = try executor.evaluate(samples: golden.batch) { sample, memory in
      for index in 0..<count { memory.input[index] = Float(hashed(sample * count + index, tensor: 0)) }
      memory.label.pointee = 0
    }
    let logits = executor.result(ofMicroshard: 0).joined()
    #expect(relativeError(Array(logits), golden.logits) < 1e-5)
    // The images can be told apart by far more than that.
    #expect(relativeError(Array(logits.prefix(10)), Array(golden.logits.suffix(10))) > 1e-4)
  }

  @Test("VGG-16 takes images of 224 pixels a side, or a multiple, and says so")
  func sizes() throws {
    #expect(throws: Never.self) { try Self.graph("vgg16", classes: 10, input: [3, 448, 448], hidden: 8) }
    for input in [[3, 32, 32], [3, 224, 448], [3, 256, 256]] {
      let error = #expect(throws: ShapeError.self) {
        try Self.graph("vgg16", classes: 10, input: input, hidden: 8)
      }
      #expect(
        error?.description.contains("resize the images to 224×224") == true, "\(error?.description ?? "")")
    }
  }

  /// What `set_state` in the script makes.
  private static func values(_ tensor: StateTensor, at position: Int) -> [Float] {
    let count = tensor.shape.reduce(1, *)
    let fan = Double(count / tensor.shape[0])
    return (0..<count).map { element in
      let number = 2 * hashed(element, tensor: position) - 1
      if tensor.shape.count > 1 { return Float(number * (6 / fan).squareRoot()) }
      if tensor.name.hasSuffix("running_var") { return Float(1 + 0.5 * number) }
      return Float(tensor.name.hasSuffix("weight") ? 0.4 + 0.1 * number : 0.1 * number)
    }
  }
}

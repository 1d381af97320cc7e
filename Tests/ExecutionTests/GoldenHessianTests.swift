import CanonicalTree
import Execution
import Foundation
import NeuralNetworks
import Testing

/// Products with the Hessian of whole networks and of their blocks against PyTorch in double precision.
@Suite struct GoldenHessianTests {
  /// A case of `hessian.json`, as the script names things.
  struct Golden: Decodable, Sendable {
    struct Product: Decodable, Sendable {
      var square: Double
      var norm: Double
      var products: [String: [Double]]
    }

    var model: String
    var input: [Int]
    var batch: Int
    var block: Bool
    var loss: String
    var training: Product
    var evaluation: Product
  }

  private struct File: Decodable {
    var cases: [String: Golden]
  }

  static let golden: [String: Golden] =
    (try? JSONDecoder().decode(File.self, from: GoldenFile.data("hessian.json")))?.cases ?? [:]

  private static func model(_ name: String) -> (any Layer)? {
    switch name {
    case "lenet": LeNet(classes: 10)
    case "lenet-average": LeNet(classes: 10, pooling: .average)
    default: (GoldenNetworkTests.blocks + GoldenNetworkTests.networks).first { $0.name == name }?.model
    }
  }

  /// A case whose errors may be as large as a fraction of the product's norm.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var tolerance: Double
    var testDescription: String { name }
  }

  static let cases: [Case] =
    [
      "mlp", "mlp-weighted", "mlp-squared", "mlp-binary", "lenet", "lenet-average", "block-residual",
      "block-residual-projected", "block-bottleneck", "block-dense", "block-transition",
    ].map { Case(name: $0, tolerance: 2e-5) }
    + ["resnet18-small", "densenet-small"].map { Case(name: $0, tolerance: 2e-4) }

  @Test(
    "a product with the Hessian is PyTorch's, whatever the microshards", arguments: cases,
    [BatchStatistics.global, .running])
  func productAgrees(of test: Case, statistics: BatchStatistics) throws {
    let golden = try #require(Self.golden[test.name])
    let expected = statistics == .running ? golden.evaluation : golden.training
    for (microshards, threads) in [(1, 1), (3, 2)] {
      let products = try Self.products(golden, statistics, microshards: microshards, threads: threads)
      let graph = products.executor.graph
      let vector = Self.direction(graph)
      try products.setDirection(vector)
      let found = try products.product(
        samples: golden.batch, fill: Self.samples(graph, golden))
      let norm = found.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm / expected.norm - 1) < test.tolerance)
      let square = zip(found, vector).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let length = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(square - expected.square) < test.tolerance * expected.norm * length)
      var begin = 0
      for parameter in graph.parameters {
        let part = found[begin..<begin + parameter.shape.count]
        begin += part.count
        let probe = try #require(expected.products[parameter.path])
        let largest = part.reduce(0) { max($0, Double(abs($1))) }
        let probed =
          [largest] + [0, 0.31, 0.77].map { Double(part[part.startIndex + Int($0 * Double(part.count))]) }
        for (value, right) in zip(probed, probe) {
          #expect(
            abs(value - right) < test.tolerance * expected.norm,
            "\(parameter.path): \(value), not \(right)")
        }
      }
    }
  }

  /// The products of a case, with weights and running statistics that follow from their places.
  private static func products(
    _ golden: Golden, _ statistics: BatchStatistics, microshards: Int, threads: Int
  ) throws -> HessianProducts {
    struct Model: Layer {
      var layer: any Layer
      func callAsFunction(_ x: Symbol) -> Symbol { layer(x) }
    }
    let losses: [String: Graph.Loss] = ["squared": .squared, "binary": .binaryCrossEntropy]
    let isWeighted = golden.loss == "weighted"
    let graph = try Graph(
      input: Shape(golden.input), loss: losses[golden.loss] ?? .softmaxCrossEntropy,
      labelSmoothing: isWeighted ? 0.1 : 0, model: Model(layer: try #require(model(golden.model))))
    let weights: [Double] = (0..<10).map { 1 + Double($0) / 4 }
    let executor = try Executor(
      graph, reduction: SerialReduction(microshardCount: microshards),
      options: Executor.Options(
        partition: MicroshardPartition(batchSize: golden.batch, count: microshards), statistics: statistics,
        threads: threads, classWeights: isWeighted ? weights : []))
    let labels = (0..<golden.batch).map { $0 * 3 % 10 }
    executor.batchWeight = labels.reduce(0.0) { $0 + weights[$1] }
    var tensors: [String: [Float]] = [:]
    for (index, parameter) in graph.parameters.enumerated() {
      tensors[parameter.path] = GoldenNetworkTests.values(of: parameter, at: index, isBlock: golden.block)
    }
    for (index, buffer) in graph.buffers.enumerated() {
      tensors[buffer.path] = (0..<buffer.count).map {
        let number = hashed($0, tensor: 2000 + index)
        return Float(buffer.role == .runningMean ? 0.2 * number - 0.1 : number + 0.5)
      }
    }
    try executor.load(
      executor.state().map { tensor in
        tensors[tensor.name].map { StateTensor(name: tensor.name, shape: tensor.shape, floats: $0) } ?? tensor
      })
    return try HessianProducts(of: executor, reduction: SerialReduction(microshardCount: microshards))
  }

  private static func direction(_ graph: Graph) -> [Float] {
    graph.parameters.enumerated().flatMap { index, parameter in
      (0..<parameter.shape.count).map { Float(2 * hashed($0, tensor: 1000 + index) - 1) }
    }
  }

  private static func samples(_ graph: Graph, _ golden: Golden) -> (Int, SampleMemory) -> Void {
    let (count, outputs) = (graph.inputShape.count, graph.outputShape.count)
    return { position, memory in
      for index in 0..<count { memory.input[index] = Float(hashed(position * count + index, tensor: 0)) }
      memory.label.pointee = Int32(position * 3 % outputs)
      guard golden.loss == "squared" || golden.loss == "binary" else { return }
      for index in 0..<outputs {
        memory.targets[index] = Float(hashed(position * outputs + index, tensor: 3000))
      }
    }
  }
}

import CanonicalTree
import Execution
import Foundation
import NeuralNetworks
import Safetensors
import Testing

/// LeNet over 20 steps of SGD against PyTorch, from the same weights.
@Suite struct GoldenLeNetTests {
  /// The settings of a run, as the script names them.
  struct Run: Decodable {
    var learningRate: Float
    var momentum: Float
    var nesterov: Bool
    var weightDecay: Float
  }

  /// A loss curve of the golden file, with the largest relative error we allow.
  ///
  /// With learning rate 1 and maxima a rounding error can make another pixel the largest of its window: PyTorch in
  /// single precision itself is then 3.5e-4 away from PyTorch in double precision.
  struct Curve: Sendable, CustomTestStringConvertible {
    var pooling: Pooling2D.Reduction
    var name: String
    var tolerance: Double
    var testDescription: String { "\(pooling) pooling, \(name)" }
  }

  static let curves = [
    Curve(pooling: .max, name: "losses", tolerance: 5e-6),
    Curve(pooling: .max, name: "losses_nesterov", tolerance: 5e-6),
    Curve(pooling: .max, name: "losses_plain", tolerance: 2e-3),
    Curve(pooling: .average, name: "losses", tolerance: 5e-6),
    Curve(pooling: .average, name: "losses_nesterov", tolerance: 5e-6),
    Curve(pooling: .average, name: "losses_plain", tolerance: 2e-5),
  ]

  @Test("LeNet's losses over 20 steps are PyTorch's", arguments: curves)
  func lossesAgree(curve: Curve) throws {
    let file = try GoldenFile.read("lenet_\(curve.pooling.rawValue).safetensors")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let runs = try decoder.decode([String: Run].self, from: Data((file.metadata["runs"] ?? "").utf8))
    let run = try #require(runs[camelCase(curve.name)] ?? runs[curve.name])
    let executor = try makeExecutor(curve.pooling)
    try executor.load(try Self.state("initial"))
    let expected: [Double] = try file.elements(named: curve.name)
    let images = try Self.images(file)
    for (step, loss) in expected.enumerated() {
      let metrics = try executor.forwardBackward(samples: 32, fill: images)
      #expect(
        abs(metrics.loss - loss) <= curve.tolerance * loss, "step \(step): \(metrics.loss), not \(loss)")
      executor.forEachParameter { update($0, run) }
    }
    guard curve.name == "losses" else { return }
    _ = try executor.evaluate(samples: 32, fill: images)
    let logits = (0..<executor.options.partition.count).flatMap { executor.result(ofMicroshard: $0).joined() }
    #expect(relativeError(logits, try file.elements(named: "logits")) < 1e-4)
  }

  @Test("PyTorch's trained LeNet gives PyTorch's logits here")
  func checkpointOfPyTorchGivesItsLogits() throws {
    let file = try GoldenFile.read("lenet_max.safetensors")
    let executor = try makeExecutor(.max)
    try executor.load(try Self.state("final"))
    _ = try executor.evaluate(samples: 32, fill: try Self.images(file))
    let logits = (0..<executor.options.partition.count).flatMap { executor.result(ofMicroshard: $0).joined() }
    #expect(relativeError(logits, try file.elements(named: "logits")) < 1e-5)
  }

  @Test("LeNet's state has PyTorch's names, types and shapes, in PyTorch's order")
  func stateHasPyTorchsNames() throws {
    let names = try GoldenFile.stateNames(of: "lenet")
    #expect(try makeExecutor(.max).state().map(GoldenFile.describe) == names)
  }

  // MARK: - Helpers

  private func makeExecutor(_ pooling: Pooling2D.Reduction) throws -> Executor {
    let graph = try Graph(
      input: Shape(1, 28, 28), loss: .softmaxCrossEntropy, model: LeNet(classes: 10, pooling: pooling))
    return try Executor(
      graph, reduction: SerialReduction(microshardCount: 8),
      options: Executor.Options(
        partition: MicroshardPartition(batchSize: 32, count: 8),
        slots: [ParameterSlot(name: "momentum_buffer")]))
  }

  private static func state(_ prefix: String) throws -> [StateTensor] {
    // Both poolings begin with the same weights, which stand in one file only.
    try GoldenFile.read("lenet_max.safetensors").tensors.compactMap { name, tensor in
      guard name.hasPrefix(prefix + "/") else { return nil }
      let name = String(name.dropFirst(prefix.count + 1))
      if let floats = tensor.elements(as: Float.self) {
        return StateTensor(name: name, shape: tensor.shape, floats: floats)
      }
      return StateTensor(
        name: name, shape: tensor.shape, integers: try #require(tensor.elements(as: Int64.self)))
    }
  }

  private static func images(_ file: TensorFile) throws -> (Int, SampleMemory) -> Void {
    let pixels: [UInt8] = try file.elements(named: "images")
    let labels: [Int64] = try file.elements(named: "labels")
    return fill(pixels.map { Float($0) / 255 }, 28 * 28, labels: labels)
  }

  /// The update rule in plain loops; the optimizer of the trainer has tests of its own.
  private func update(_ memory: ParameterMemory, _ run: Run) {
    for index in memory.values.indices {
      let gradient = memory.gradients[index] + run.weightDecay * memory.values[index]
      memory.slots[0][index] = run.momentum * memory.slots[0][index] + gradient
      let direction =
        run.nesterov ? gradient + run.momentum * memory.slots[0][index] : memory.slots[0][index]
      memory.values[index] -= run.learningRate * direction
    }
  }

  private func camelCase(_ name: String) -> String {
    let words = name.split(separator: "_").map(String.init)
    return words[0] + words.dropFirst().map(\.capitalized).joined()
  }
}

import Execution
import Foundation
import NeuralNetworks
import Safetensors
import Training

/// Checkpoints that cannot be evaluated.
let checkpoints: [Mistake] = [
  evaluation("a missing file", tells: ["model.safetensors", "No such file"]) {
    try FileManager.default.removeItem(at: $0)
  },
  evaluation("no safetensors file", tells: ["model.safetensors"]) {
    try Data("PK\u{3}\u{4} a zip archive".utf8).write(to: $0)
  },
  evaluation("a file cut in its tensors", tells: ["model.safetensors"]) {
    try Data(contentsOf: $0).dropLast(100).write(to: $0)
  },
  evaluation("a file cut in its header", tells: ["model.safetensors"]) {
    try Data(contentsOf: $0).prefix(100).write(to: $0)
  },
  evaluation("a missing tensor", tells: ["model.safetensors", "\"5.running_mean\"", "missing"]) {
    try change($0) { $0["5.running_mean"] = nil }
  },
  evaluation("a tensor too many", tells: ["model.safetensors", "\"16.weight\""]) {
    try change($0) { $0["16.weight"] = Tensor(scalar: Float(1)) }
  },
  evaluation("elements of another type", tells: ["model.safetensors", "\"15.bias\"", "F64", "F32"]) {
    try change($0) { $0["15.bias"] = Tensor(Array(repeating: 0.0, count: 10)) }
  },
  evaluation("another model", "--set", "model.classes=12", tells: ["model.safetensors", "\"15.", "10", "12"])
  {
    _ in
  },
  evaluation("a file that tells no configuration", tells: ["model.safetensors", "--config"]) {
    try change($0) { $0.metadata = ["format": "pt"] }
  },
  evaluation(
    "a configuration that is no more understood", tells: ["model.safetensors", "lenett", "\"lenet\""]
  ) {
    try change($0) { $0.metadata["lockstep.configuration"] = "{model: {name: lenett}, data: {name: glyphs}}" }
  },
  evaluation("a wrong override", "--set", "batch.size=0", tells: ["batch.size", "0", "integer"]) { _ in },
  evaluation("a missing configuration", "--config", "none.yaml", tells: ["none.yaml", "no such file"]) { _ in
  },
  curvature("the curvature at a missing file", tells: ["model.safetensors", "No such file"]) {
    try FileManager.default.removeItem(at: $0)
  },
  curvature("the curvature at no safetensors file", tells: ["model.safetensors"]) {
    try Data("PK\u{3}\u{4} a zip archive".utf8).write(to: $0)
  },
  curvature(
    "the curvature of another model", "--set", "model.classes=12", tells: ["model.safetensors", "\"15."]
  ) { _ in },
  curvature(
    "the curvature in bfloat16", "--set", "precision=bfloat16",
    tells: ["model.safetensors", "precision: bfloat16", "take float32"]
  ) { _ in },
  curvature(
    "the curvature over more samples than there are", "--samples", "21",
    tells: ["--samples 21", "20", "glyphs"]
  ) { _ in },
]

/// An evaluation of a fresh LeNet in `model.safetensors`, damaged by a body.
func evaluation(
  _ description: String, _ arguments: String..., tells: [String],
  damage: @escaping @Sendable (_ checkpoint: URL) throws -> Void
) -> Mistake {
  mistake(description, ["evaluate", "model.safetensors", "--json"] + arguments, tells: tells, damage: damage)
}

/// The curvature at a fresh LeNet in `model.safetensors`, damaged by a body.
func curvature(
  _ description: String, _ arguments: String..., tells: [String],
  damage: @escaping @Sendable (_ checkpoint: URL) throws -> Void
) -> Mistake {
  mistake(description, ["curvature", "model.safetensors"] + arguments, tells: tells, damage: damage)
}

private func mistake(
  _ description: String, _ arguments: [String], tells: [String],
  damage: @escaping @Sendable (_ checkpoint: URL) throws -> Void
) -> Mistake {
  Mistake(description, arguments, tells: tells) { directory in
    let file = directory.appending(path: "model.safetensors")
    let configuration = try Configuration.parse(
      "{model: {name: lenet}, data: {name: glyphs, train_samples: 20, test_samples: 10}}", source: "test")
    let executor = try Executor(configuration)
    try Checkpoint(executor, configuration: configuration, position: .init()).model.write(to: file.path)
    try damage(file)
  }
}

extension Executor {
  /// The executor of a configured model on glyphs, in this process alone.
  convenience init(_ configuration: Configuration) throws {
    try self.init(
      configuration.graph(input: Shape(1, 28, 28)),
      reduction: SerialReduction(microshardCount: configuration.batch.microshards),
      options: Options(
        partition: MicroshardPartition(
          batchSize: configuration.batch.size, count: configuration.batch.microshards)))
    try initialize(configuration.initialization, seed: UInt64(configuration.seed))
  }
}

private func change(_ path: URL, _ body: (inout TensorFile) -> Void) throws {
  var file = try TensorFile(contentsOf: path.path)
  body(&file)
  try file.write(to: path.path)
}

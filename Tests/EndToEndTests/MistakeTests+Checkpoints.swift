import Foundation
import LockstepProgram
import Safetensors
import Training

/// Checkpoints that cannot be evaluated.
let checkpoints: [Mistake] = [
  evaluation("a missing file", tells: ["model.safetensors", "No such file"]) {
    try FileManager.default.removeItem(at: $0)
  },
  evaluation("a file of torch.save", tells: ["model.safetensors", "a PyTorch zip archive", "save_file"]) {
    try Data("PK\u{3}\u{4}\0\0\0\0 archive/data.pkl".utf8).write(to: $0)
  },
  evaluation("an old file of torch.save", tells: ["model.safetensors", "a Python pickle", "save_file"]) {
    try Data([0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20]).write(to: $0)
  },
  evaluation("gzipped data", tells: ["model.safetensors", "gzipped data", "expected a safetensors file"]) {
    try Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]).write(to: $0)
  },
  evaluation("a file of Keras", tells: ["model.safetensors", "an HDF5 file", "expected a safetensors file"]) {
    try Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0]).write(to: $0)
  },
  evaluation("no safetensors file", tells: ["model.safetensors"]) {
    try Data("step-00000012.safetensors\n".utf8).write(to: $0)
  },
  evaluation("an empty file", tells: ["model.safetensors"]) { try Data().write(to: $0) },
  Mistake(
    "the state beside a model", ["digest", "a.state"],
    tells: ["a.state", "optimizer's state", ".safetensors"]
  ) {
    var file = TensorFile()
    file["momentum_buffer/0.weight"] = Tensor(scalar: Float(1))
    try file.write(to: $0.appending(path: "a.state").path)
  },
  Mistake("a directory without checkpoints", ["evaluate", "run"], tells: ["run", "checkpoints/latest"]) {
    try FileManager.default.createDirectory(
      at: $0.appending(path: "run/checkpoints"), withIntermediateDirectories: true)
  },
  Mistake(
    "a newest checkpoint that is not there", ["digest", "run/checkpoints/latest"],
    tells: ["run/checkpoints/latest", "step-00000007.safetensors"]
  ) {
    let directory = $0.appending(path: "run/checkpoints")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try Data("step-00000007.safetensors\n".utf8).write(to: directory.appending(path: "latest"))
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
  evaluation(
    "a configuration whose aliases grow without end",
    tells: ["model.safetensors:", "stand for more than 100000 values"]
  ) {
    try change($0) { $0.metadata["lockstep.configuration"] = growingAliases }
  },
  Mistake(
    "a newest checkpoint that is a link to elsewhere", ["digest", "run/checkpoints"],
    tells: ["run/checkpoints/latest", "step-00000007.safetensors", "behind a link"]
  ) {
    let directory = $0.appending(path: "run/checkpoints")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try Data("step-00000007.safetensors\n".utf8).write(to: directory.appending(path: "latest"))
    try TensorFile().write(to: $0.appending(path: "elsewhere.safetensors").path)
    try FileManager.default.createSymbolicLink(
      atPath: directory.appending(path: "step-00000007.safetensors").path,
      withDestinationPath: "../../elsewhere.safetensors")
  },
  evaluation("a wrong override", "--set", "batch.size=0", tells: ["batch.size", "0", "integer"]) { _ in },
  evaluation("a missing configuration", "--config", "none.yaml", tells: ["none.yaml", "no such file"]) { _ in
  },
  curvature("the curvature at a missing file", tells: ["model.safetensors", "No such file"]) {
    try FileManager.default.removeItem(at: $0)
  },
  curvature("the curvature at a file of torch.save", tells: ["model.safetensors", "a PyTorch zip archive"]) {
    try Data("PK\u{3}\u{4}\0\0\0\0 archive/data.pkl".utf8).write(to: $0)
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

/// An evaluation of a LeNet in `model.safetensors`, damaged by a body.
func evaluation(
  _ description: String, _ arguments: String..., tells: [String],
  damage: @escaping @Sendable (_ checkpoint: URL) throws -> Void
) -> Mistake {
  mistake(description, ["evaluate", "model.safetensors", "--json"] + arguments, tells: tells, damage: damage)
}

/// The curvature at a LeNet in `model.safetensors`, damaged by a body.
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
    try model.get().write(to: file.path)
    try damage(file)
  }
}

/// The model file of a LeNet after a step, without the files beside it.
private let model = Result {
  try withTemporaryDirectory { directory in
    let configuration = try Configuration.parse(
      "{model: {name: lenet}, data: {name: glyphs, train_samples: 20, test_samples: 10}}", source: "test")
    let trainer = try Trainer(
      configuration.experiment(), checkpoints: CheckpointDirectory(path: directory.path))
    let path = try trainer.run(maxSteps: 1).checkpointPath
    return try TensorFile(contentsOf: path ?? "none")
  }
}

private func change(_ path: URL, _ body: (inout TensorFile) -> Void) throws {
  var file = try TensorFile(contentsOf: path.path)
  body(&file)
  // What is wrong is to be found by what it says, not by its checksum.
  if file.metadata["lockstep.checksum"] != nil { Checkpoint.seal(&file) }
  try file.write(to: path.path)
}

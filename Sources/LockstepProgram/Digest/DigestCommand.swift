import ArgumentParser
import Safetensors

/// `lockstep digest`.
struct DigestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Print the SHA-256 over names, shapes and bytes of a checkpoint; of several, with their paths.")

  @Argument(help: "Checkpoints, safetensors files; a run's output directory stands for its newest.")
  var checkpoints: [String]

  func run() throws {
    let digests = try checkpoints.map { checkpoint in
      Tensor.digest(of: try TensorFile(contentsOf: CheckpointPath.resolve(checkpoint)).tensors)
    }
    guard MessageOnce.isFirstRank else { return }
    for (path, digest) in zip(checkpoints, digests) {
      print(checkpoints.count == 1 ? digest : "\(digest)  \(path)")
    }
  }
}

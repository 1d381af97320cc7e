import ArgumentParser
import Safetensors
import Training

/// `lockstep digest`.
struct DigestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Print the digest of checkpoints: SHA-256 over the names, shapes and bytes of all tensors.")

  @Argument(
    help: "Checkpoints, safetensors files; or runs' output directories, for their newest checkpoints.")
  var checkpoints: [String]

  func run() throws {
    let digests = try checkpoints.map { checkpoint in
      Tensor.digest(of: try Checkpoint.readFile(CheckpointPath.resolve(checkpoint)).tensors)
    }
    guard MessageOnce.isFirstRank else { return }
    for (path, digest) in zip(checkpoints, digests) {
      print(checkpoints.count == 1 ? digest : "\(digest)  \(path)")
    }
  }
}

import Foundation
import Inputs
package import Mistakes
import Training

/// The checkpoint that a path on the command line stands for.
package enum CheckpointPath {
  /// The model file at a path: the file itself; of a run's directory, of its `checkpoints` or of their `latest` the newest; of
  /// a minimization's directory the model that it has fitted.
  ///
  /// - Throws: `UserMistake` if the directory has no checkpoint, or the file is the state beside a model.
  package static func resolve(_ given: String) throws(UserMistake) -> String {
    // A shell completes the name of a directory with a slash.
    let path = given.count > 1 && given.hasSuffix("/") ? String(given.dropLast()) : given
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return path }
    if isDirectory.boolValue {
      for directory in ["\(path)/checkpoints", path] {
        if let latest = try CheckpointDirectory(path: directory).latestPath() { return latest }
      }
      let model = OutputDirectory(path: path).modelPath
      if FileManager.default.fileExists(atPath: model) { return model }
      throw UserMistake(
        "\(path): is a directory without checkpoints/latest; give a run's directory or a checkpoint")
    }
    let url = URL(fileURLWithPath: path)
    if url.lastPathComponent == "latest" {
      let directory = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : "."
      if let latest = try CheckpointDirectory(path: directory).latestPath() { return latest }
    }
    // What else a file may be, its reader tells.
    if path.hasSuffix(".state"), FileKind(ofPath: path) == .safetensors {
      throw UserMistake("\(path): holds the optimizer's state; give the .safetensors file beside it")
    }
    return path
  }
}

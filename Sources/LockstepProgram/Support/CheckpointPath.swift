import Foundation
import Inputs
package import Mistakes
import Training

/// The checkpoint that a path on the command line stands for.
package enum CheckpointPath {
  /// The model file at a path: the file itself; of a run's directory, of its `checkpoints` or of their `latest` the newest.
  ///
  /// - Throws: `UserMistake` if the directory has no checkpoint, or the file is the state beside a model.
  package static func resolve(_ given: String) throws(UserMistake) -> String {
    // A shell completes the name of a directory with a slash.
    let path = given.count > 1 && given.hasSuffix("/") ? String(given.dropLast()) : given
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return path }
    if isDirectory.boolValue {
      for directory in ["\(path)/checkpoints", path] {
        if let latest = try latest(in: directory) { return latest }
      }
      throw UserMistake(
        "\(path): is a directory without checkpoints/latest; give a run's directory or a checkpoint")
    }
    let url = URL(fileURLWithPath: path)
    if url.lastPathComponent == "latest" {
      let directory = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : "."
      if let latest = try latest(in: directory) { return latest }
    }
    // What else a file may be, its reader tells.
    if path.hasSuffix(".state"), FileKind(ofPath: path) == .safetensors {
      throw UserMistake("\(path): holds the optimizer's state; give the .safetensors file beside it")
    }
    return path
  }

  /// The newest checkpoint of a directory; nil if it has none.
  ///
  /// - Throws: `UserMistake` if `latest` names no checkpoint beside it.
  private static func latest(in directory: String) throws(UserMistake) -> String? {
    var status = stat()
    if stat("\(directory)/latest", &status) == 0 {
      let isFile = status.st_mode & S_IFMT == S_IFREG
      guard isFile, status.st_size <= 4096 else {
        let found = isFile ? "has \(status.st_size) bytes" : "is no file"
        throw UserMistake("\(directory)/latest: \(found), expected the name of a checkpoint beside it")
      }
    }
    guard let path = try CheckpointDirectory(path: directory).latestPath() else { return nil }
    let name = String(path.dropFirst(directory.count + 1))
    guard FileBeside.path(of: name, in: directory) == path else {
      throw UserMistake(
        "\(directory)/latest: names \"\(name)\", which lies elsewhere, behind a link; expected a checkpoint beside it"
      )
    }
    return path
  }
}

import Foundation
package import Mistakes
import Training

/// The checkpoint that a path on the command line stands for.
package enum CheckpointPath {
  /// The model file at a path: the file itself; of a run's directory, of its `checkpoints` or of their `latest` the newest.
  ///
  /// - Throws: `UserMistake` if the directory has no checkpoint, or the file is of another kind that can be told.
  package static func resolve(_ given: String) throws(UserMistake) -> String {
    // A shell completes the name of a directory with a slash.
    let path = given.count > 1 && given.hasSuffix("/") ? String(given.dropLast()) : given
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return path }
    if isDirectory.boolValue {
      for directory in ["\(path)/checkpoints", path] {
        if let latest = try CheckpointDirectory(path: directory).latestPath() { return latest }
      }
      throw UserMistake(
        "\(path): is a directory without checkpoints/latest; give a run's directory or a checkpoint")
    }
    let url = URL(fileURLWithPath: path)
    if url.lastPathComponent == "latest" {
      let directory = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : "."
      if let latest = try CheckpointDirectory(path: directory).latestPath() { return latest }
    }
    if let kind = kind(of: path) { throw UserMistake("\(path): \(kind)") }
    return path
  }

  /// What a file is that is no safetensors file of a model, by its first bytes; nil where these tell nothing.
  ///
  /// A safetensors file begins with the length of its header in eight bytes, at most 10⁸, and a brace: the length alone
  /// may begin like a file of another kind.
  private static func kind(of path: String) -> String? {
    guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 9) else {
      return nil
    }
    try? file.close()
    let bytes = Array(head)
    func begins(_ text: String) -> Bool { bytes.starts(with: Array(text.utf8)) }
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if bytes.count == 9, length <= 100_000_000, bytes[8] == UInt8(ascii: "{") {
      guard path.hasSuffix(".state") else { return nil }
      return "holds the optimizer's state; give the .safetensors file beside it"
    }
    let save =
      "save it as safetensors in Python: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"
    if begins("PK\u{3}\u{4}") {
      return "a PyTorch zip archive (or another one), which may hold code; \(save)"
    }
    if bytes.count > 1, bytes[0] == 0x80, (2...5).contains(bytes[1]) {
      return "a Python pickle, which may hold code; \(save)"
    }
    if bytes.starts(with: [0x1F, 0x8B]) { return "gzipped data; expected a safetensors file" }
    if bytes.starts(with: [0x89] + Array("HDF".utf8)) { return "an HDF5 file; expected a safetensors file" }
    return nil
  }
}

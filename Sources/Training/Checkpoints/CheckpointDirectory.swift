import Foundation
public import Mistakes
import Safetensors

/// The directory of a run's checkpoints: `step-00000470.safetensors` with `step-00000470.state`, and `latest`, which names
/// the newest pair.
public struct CheckpointDirectory: Sendable {
  /// The directory.
  public let path: String

  /// Names a directory; a run makes it when it begins.
  public init(path: String) {
    self.path = path
  }

  /// Makes the directory, if there is none, and sees that it can be written to.
  ///
  /// - Throws: `UserMistake` with the system's reason.
  func prepare() throws(UserMistake) {
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard access(path, W_OK | X_OK) == 0 else {
      throw UserMistake("\(path): cannot be written to: \(String(cString: strerror(errno)))")
    }
  }

  /// The model file after a number of steps.
  public func modelPath(step: Int) -> String { "\(path)/\(Self.fileName(step: step))" }

  /// The model file that `latest` names; nil if there is no `latest`.
  ///
  /// - Throws: `UserMistake` if it names no file beside it.
  public func latestPath() throws(UserMistake) -> String? {
    guard let bytes = FileManager.default.contents(atPath: "\(path)/latest") else { return nil }
    let name = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    guard !name.isEmpty, !name.contains("/"), FileManager.default.fileExists(atPath: "\(path)/\(name)") else {
      throw UserMistake(
        "\(path)/latest: names \"\(name.prefix(60))\", expected the name of a checkpoint beside it, such as "
          + Self.fileName(step: 470))
    }
    return "\(path)/\(name)"
  }

  /// Writes a checkpoint: first the slots, then the model, each whole and brought to the disk or not at all; then
  /// `latest` in the same way.
  ///
  /// - Returns: the path of the model file.
  /// - Throws: `TensorFileError` with the system's reason.
  func write(_ checkpoint: Checkpoint, step: Int) throws(TensorFileError) -> String {
    let model = modelPath(step: step)
    try checkpoint.slots.write(to: Checkpoint.slotsPath(ofModel: model))
    try checkpoint.model.write(to: model)
    try ReplacementFile.write(Array("\(Self.fileName(step: step))\n".utf8), to: "\(path)/latest")
    return model
  }

  private static func fileName(step: Int) -> String {
    String(format: "step-%08d.safetensors", step)
  }
}

import Foundation
import Inputs
public import Mistakes
import Safetensors

/// The directory of a run's checkpoints: `step-00000470.safetensors` with `step-00000470.state`; `latest`, which names the
/// newest pair, and `best`, which names the one that did best on the test data.
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
  public func latestPath() throws(UserMistake) -> String? { try path(namedBy: "latest") }

  /// The model file that `best` names; nil if there is no `best`.
  ///
  /// - Throws: `UserMistake` if it names no file beside it.
  public func bestPath() throws(UserMistake) -> String? { try path(namedBy: "best") }

  private func path(namedBy pointer: String) throws(UserMistake) -> String? {
    var status = stat()
    guard stat("\(path)/\(pointer)", &status) == 0 else { return nil }
    let isFile = status.st_mode & S_IFMT == S_IFREG
    guard isFile, status.st_size <= 4096 else {
      let found = isFile ? "has \(status.st_size) bytes" : "is no file"
      throw UserMistake("\(path)/\(pointer): \(found), expected the name of a checkpoint beside it")
    }
    guard let bytes = FileManager.default.contents(atPath: "\(path)/\(pointer)") else { return nil }
    let name = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    if let found = FileBeside.path(of: name, in: path) { return found }
    // What is there all the same, and is a file, is reached through a link.
    let isElsewhere =
      !name.contains("/") && stat("\(path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    throw UserMistake(
      isElsewhere
        ? "\(path)/\(pointer): names \"\(name)\", which lies elsewhere, behind a link; expected a checkpoint beside it"
        : "\(path)/\(pointer): names \"\(name.prefix(60))\", expected the name of a checkpoint beside it, such as "
          + Self.fileName(step: 470))
  }

  /// The steps of the checkpoints that lie here, ascending, by the names of their model files.
  package func steps() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".safetensors"),
        let step = Int(name.dropFirst("step-".count).dropLast(".safetensors".count)),
        name == Self.fileName(step: step)
      else { return nil }
      return step
    }.sorted()
  }

  /// The newest checkpoint that is whole and plausible.
  ///
  /// - Parameter limit: the last step to consider; nil for all.
  /// - Returns: the checkpoint, nil if there is none, and a line for each newer one that was passed over.
  package func newestWhole(upTo limit: Int? = nil) -> (checkpoint: Checkpoint?, passedOver: [String]) {
    var passedOver: [String] = []
    for step in steps().reversed() where step <= limit ?? step {
      do {
        let checkpoint = try Checkpoint(contentsOf: modelPath(step: step))
        _ = try checkpoint.state()
        guard let flaw = checkpoint.implausibility else { return (checkpoint, passedOver) }
        passedOver.append(flaw)
      } catch {
        passedOver.append("\(error)")
      }
    }
    return (nil, passedOver)
  }

  /// Writes a checkpoint: first the slots, then the model, each whole and brought to the disk or not at all; then
  /// `latest` in the same way.
  ///
  /// - Parameter afterSlots: what is done between slots and model.
  /// - Returns: the path of the model file.
  /// - Throws: `TensorFileError` with the system's reason.
  func write(
    _ checkpoint: Checkpoint, step: Int, afterSlots: () -> Void = {}
  ) throws(TensorFileError) -> String {
    let model = modelPath(step: step)
    try checkpoint.slots?.write(to: Checkpoint.slotsPath(ofModel: model))
    afterSlots()
    try checkpoint.model.write(to: model)
    try point("latest", to: step)
    return model
  }

  /// Lets `latest` or `best` name the checkpoint of a step.
  func point(_ pointer: String, to step: Int) throws(TensorFileError) {
    try ReplacementFile.write(Array("\(Self.fileName(step: step))\n".utf8), to: "\(path)/\(pointer)")
  }

  /// Removes the checkpoint of a step: the model first, so that what remains of an interruption is no checkpoint.
  func remove(step: Int) {
    let model = modelPath(step: step)
    unlink(model)
    unlink(Checkpoint.slotsPath(ofModel: model))
  }

  private static func fileName(step: Int) -> String {
    String(format: "step-%08d.safetensors", step)
  }
}

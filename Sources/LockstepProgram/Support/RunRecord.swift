import Foundation
import Mistakes
import Records
import Safetensors
import Training

/// What a training has left in its output directory.
struct RunRecord {
  /// The directory.
  let path: String
  /// The log.
  let log: RunLog
  /// The manifest; nil if there is none.
  let manifest: JSON?
  /// The directory of the checkpoints.
  var checkpoints: CheckpointDirectory {
    CheckpointDirectory(path: OutputDirectory(path: path).checkpointsPath)
  }

  /// Whether a path is the output directory of a training.
  static func isRun(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: OutputDirectory(path: path).metricsPath)
  }

  /// Reads log and manifest.
  ///
  /// - Throws: `UserMistake` if the directory is not that of a training, or the manifest is no JSON.
  init(_ given: String) throws(UserMistake) {
    path = given.count > 1 && given.hasSuffix("/") ? String(given.dropLast()) : given
    guard Self.isRun(path) else {
      throw UserMistake("\(given): holds no metrics.jsonl; give the output directory of a training")
    }
    let output = OutputDirectory(path: path)
    log = try RunLog(path: output.metricsPath)
    if let bytes = FileManager.default.contents(atPath: output.manifestPath) {
      do throws(JSONError) { manifest = try JSON(parsing: bytes) } catch {
        throw UserMistake("\(output.manifestPath): \(error)")
      }
    } else {
      manifest = nil
    }
  }

  /// The configuration as the manifest tells it, or else the newest checkpoint, with the file that tells it.
  ///
  /// - Throws: a `UserError` if neither does.
  func configuration() throws -> (text: String, source: String) {
    if let configuration = manifest?["configuration"] {
      return (configuration.description, OutputDirectory(path: path).manifestPath)
    }
    let newest = checkpoints.newestWhole().checkpoint
    guard let newest, let text = newest.model.metadata[Checkpoint.configurationKey] else {
      throw UserMistake(
        "\(path): has neither a manifest.json nor a checkpoint that tells the configuration of the run")
    }
    return (text, newest.model.path ?? path)
  }
}

extension Checkpoint {
  /// The experiment that the files tell; nil if they tell none.
  var record: JSON? {
    let text = model.metadata[Self.configurationKey] ?? model.metadata[Self.experimentKey]
    return text.flatMap { try? JSON(parsing: $0.utf8) }
  }

  /// By split, the fingerprints that the files tell; nil if they tell none.
  var recordedFingerprints: JSON? {
    model.metadata[Self.fingerprintsKey].flatMap { try? JSON(parsing: $0.utf8) }
  }
}

import DataParallel
import Execution
import Foundation
import Mistakes
import Records
import Safetensors
import Training

extension TrainingRun {
  /// Reads the weights that a run is to begin with, and notes their digest in the configuration.
  ///
  /// Every rank must call this; only the coordinator's host needs to reach the file.
  ///
  /// - Returns: the file, on the coordinator; nil on the others, or where none was given.
  /// - Throws: a `UserError` or `MistakeElsewhere` if the file cannot be read, or is not the one that the configuration wants.
  static func openInitialWeights(
    _ options: Options, _ configuration: inout Configuration, ranks: MPIRanks
  ) throws -> TensorFile? {
    guard let path = options.initialWeights else { return nil }
    let wanted = configuration.recipe.fineTuning.initialWeights
    let own = try ranks.agreeOnCoordinator { () throws -> (file: TensorFile, digest: String) in
      let file = try Checkpoint.readFile(CheckpointPath.resolve(path))
      let digest = Tensor.digest(of: file.tensors)
      guard wanted == nil || wanted == digest else {
        throw UserMistake(
          "--initial-weights \(path): has the digest \(digest), but model.initial_weights of \(options.configurationPath) is "
            + (wanted ?? ""))
      }
      return (file, digest)
    }
    configuration.recipe.fineTuning.initialWeights = try ranks.broadcast(own.flatMap(\.self)?.digest ?? "")
    return own.flatMap(\.self)?.file
  }

  /// Begins a run with the weights that were given, if any.
  ///
  /// Every rank must call this. A run that goes on is given its state later.
  ///
  /// - Parameter isKnownToBegin: whether no checkpoint can take the place of weights that were not given.
  /// - Throws: a `UserError` or `MistakeElsewhere` if the weights do not fit the model, or none were given though the
  ///   configuration is about some.
  static func begin(
    _ trainer: Trainer, with file: TensorFile?, _ options: Options, source: String, isKnownToBegin: Bool
  ) throws {
    guard options.initialWeights == nil else { return try trainer.begin(fromCoordinator: file) }
    guard isKnownToBegin else { return }
    let tuning = trainer.experiment.recipe.fineTuning
    try trainer.ranks.agree {
      if let digest = tuning.initialWeights {
        throw UserMistake(
          "\(source): model.initial_weights: the run begins with weights of the digest \(digest); give their file by "
            + "--initial-weights")
      }
      if !tuning.reset.isEmpty {
        throw UserMistake(
          "\(source): model.reset: there is nothing to reset without weights from elsewhere; give their file by "
            + "--initial-weights")
      }
    }
  }
}

extension TrainingRun {
  /// What the manifest in an output directory tells of the weights that the run began with; nil for nothing.
  static func manifestedInitialWeights(_ output: OutputDirectory) -> JSON? {
    FileManager.default.contents(atPath: output.manifestPath)
      .flatMap { try? JSON(parsing: $0) }?["initial_weights"]
  }
}

extension InitialWeights {
  /// What was loaded and what was not, for the manifest.
  var json: JSON {
    func list(_ names: [String]) -> JSON { .list(names.map(JSON.text)) }
    return .object([
      ("path", path.map { .text(URL(fileURLWithPath: $0).standardizedFileURL.path) } ?? .null),
      ("digest", .text(digest)), ("loaded", .integer(loaded.count)), ("reset", list(reset)),
      (
        "reshaped",
        .list(
          reshaped.map { tensor in
            .object([
              ("name", .text(tensor.name)), ("found", .list(tensor.found.map(JSON.integer))),
              ("needed", .list(tensor.needed.map(JSON.integer))),
            ])
          })
      ), ("left_out", list(leftOut)),
    ])
  }
}

import Execution
import Foundation
import Images
import Mistakes
import Records
import Safetensors
import Training

/// With what the recomputation of a run begins, on the coordinator.
struct AuditStart {
  /// The checkpoint; nil for the initialization.
  var checkpoint: Checkpoint?
  /// A line for each newer checkpoint that is damaged, and their steps.
  var passedOver: [String] = []
  var damagedSteps: Set<Int> = []

  /// Finds the newest whole checkpoint at or before a step; of step 0 the initialization is computed, not read.
  init(_ run: RunRecord, after step: Int) {
    guard step > 0 else { return }
    (checkpoint, passedOver) = run.checkpoints.newestWhole(upTo: step)
    damagedSteps = Set(run.checkpoints.steps().filter { $0 <= step }.suffix(passedOver.count))
  }
}

extension RunRecord {
  /// The weights that the run began with, from where the manifest says.
  ///
  /// - Throws: `UserMistake` if the manifest does not tell, or the file cannot be read; whether it is the same is seen when it
  ///   is taken over.
  func initialWeights() throws(UserMistake) -> TensorFile {
    let manifestPath = OutputDirectory(path: path).manifestPath
    let remedy = "audit from a checkpoint on, by --from STEP"
    guard let file = manifest?["initial_weights"]?["path"]?.text else {
      throw UserMistake("\(manifestPath): does not tell with which weights the run began; \(remedy)")
    }
    do throws(TensorFileError) { return try Checkpoint.readFile(file) } catch {
      throw UserMistake(
        "\(path): the run began with weights from elsewhere, but \(error); give them back, or \(remedy)")
    }
  }

  /// In what the data that a trainer has read are not those of the run; nil if they are.
  func differenceOfData(from trainer: Trainer) -> String? {
    guard let told = manifest?["data_fingerprint"] else { return nil }
    return difference(
      ofFingerprints: told, from: trainer, source: OutputDirectory(path: path).manifestPath)
  }

  /// Warnings where other kernels computed the run, so that bits may differ.
  func differencesOfProgram(from trainer: Trainer) -> [String] {
    let here: [(key: String, told: JSON?, value: JSON)] = [
      ("versions.onednn", manifest?["versions"]?["onednn"], .text(KernelLibrary.version)),
      ("versions.jpeg", manifest?["versions"]?["jpeg"], .text(ImageFormat.jpeg.decoder)),
      ("versions.png", manifest?["versions"]?["png"], .text(ImageFormat.png.decoder)),
      ("instruction_set", manifest?["instruction_set"], .text(KernelLibrary.instructionSet)),
      (
        "convolutions", manifest?["convolutions"],
        .object(trainer.replica.executor.algorithms.map { ($0.layer, .text($0.algorithm)) })
      ),
    ]
    return here.compactMap { key, told, value in
      guard let told, told.description != value.description else { return nil }
      return
        "\(OutputDirectory(path: path).manifestPath): \(key) was \(told), but is \(value) here: the bits may differ"
    }
  }
}

extension Checkpoint {
  /// In what a checkpoint's experiment or data are not those that are audited; nil if they are.
  func differenceOfExperiment(from trainer: Trainer) -> String? {
    let path = model.path ?? "the checkpoint"
    guard let record, let own = try? trainer.experiment.record() else {
      return "\(path): tells no experiment"
    }
    let differences = Self.differences(record, own, except: ["data.path", "epochs"])
    if let first = differences.first {
      return
        "\(path): is of another experiment than the manifest: \(first.key) is \(first.own), but \(first.other) there"
    }
    return recordedFingerprints.flatMap { difference(ofFingerprints: $0, from: trainer, source: path) }
  }
}

private func difference(ofFingerprints told: JSON, from trainer: Trainer, source: String) -> String? {
  for (split, fingerprint) in trainer.fingerprints {
    let own = String(fingerprint, radix: 16)
    guard let found = told[split]?.text, found != own else { continue }
    let data = trainer.experiment.dataSource ?? trainer.experiment.dataName
    return
      "\(source): was made with other data: the fingerprint of the \(split) split is \(found), but \(data) has \(own)"
  }
  return nil
}

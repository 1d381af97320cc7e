import Execution
import Mistakes
import Optimizers
package import Records
import Safetensors

extension Checkpoint {
  /// Where a checkpoint tells what was trained on: by split, the fingerprint of the data.
  package static let fingerprintsKey = "lockstep.data_fingerprint"

  /// The fingerprints as metadata.
  static func text(of fingerprints: [(split: String, fingerprint: UInt64)]) -> String {
    JSON.object(fingerprints.map { ($0.split, .text(String($0.fingerprint, radix: 16))) }).description
  }

  /// Requires that the checkpoint is of an experiment, so that it may go on with it.
  ///
  /// All keys must be the same, but for these: the path of the data, which are compared by their fingerprints; the number of
  /// epochs, which may have grown where the schedule of the learning rate does not depend on it; the patience of a run that may stop early, on which no step depends; and the digest of the weights
  /// that the run began with, which need not be told again, since the checkpoint has what became of them.
  ///
  /// - Throws: `UserMistake` that names a key that differs, with both values.
  func requireExperiment(
    _ experiment: Experiment, record: JSON, fingerprints: [(split: String, fingerprint: UInt64)]
  ) throws(UserMistake) {
    let path = model.path ?? "the checkpoint"
    guard let text = model.metadata[Self.configurationKey] ?? model.metadata[Self.experimentKey] else {
      throw UserMistake(
        "\(path): tells no experiment; only checkpoints that lockstep has written can be resumed")
    }
    let own: JSON
    do throws(JSONError) { own = try JSON(parsing: text.utf8) } catch {
      throw UserMistake("\(path): its experiment \(error)")
    }
    try requireEpochs(own["epochs"]?.integer, of: experiment, path: path)
    let isTold = experiment.recipe.fineTuning.initialWeights != nil
    let differing = Self.differences(
      own, record,
      except: Set(["data.path", "epochs", "stop.patience"] + (isTold ? [] : [Self.initialWeightsKey])))
    if let first = differing.first {
      let more = differing.count == 1 ? "" : " (and \(differing.count - 1) more)"
      throw UserMistake(
        "\(path): is of another experiment: \(first.key) is \(first.own) there, but \(first.other) here\(more); "
          + "resume with the same experiment, or begin another run")
    }
    for (split, fingerprint) in fingerprints {
      let found = model.metadata[Self.fingerprintsKey].flatMap { try? JSON(parsing: $0.utf8) }?[split]?.text
      if let found, found != String(fingerprint, radix: 16) {
        throw UserMistake(
          "\(path): was trained on other data: fingerprint \(found) of the \(split) split, but "
            + "\(experiment.dataSource ?? experiment.dataName) has \(String(fingerprint, radix: 16))")
      }
    }
  }

  /// The key of a record that has the digest of the weights that a run began with.
  private static let initialWeightsKey = "model.initial_weights"

  /// The digest of the weights that the run began with, as the file tells it; nil if it began with none.
  var initialWeights: String? {
    let text = model.metadata[Self.configurationKey] ?? model.metadata[Self.experimentKey]
    return text.flatMap { try? JSON(parsing: $0.utf8) }?["model"]?["initial_weights"]?.text
  }

  /// The keys in which two records differ, with both values; a key that one of them does not have is `left out`.
  package static func differences(
    _ own: JSON, _ other: JSON, except exempt: Set<String> = []
  ) -> [(key: String, own: String, other: String)] {
    let (ownLeaves, otherLeaves) = (own.leaves, other.leaves)
    let ownValues = Dictionary(ownLeaves.map { ($0.key, $0.value.description) }) { $1 }
    let otherValues = Dictionary(otherLeaves.map { ($0.key, $0.value.description) }) { $1 }
    var keys: [String] = []
    for (key, _) in ownLeaves + otherLeaves where !keys.contains(key) { keys.append(key) }
    return keys.compactMap { key in
      guard !exempt.contains(key), ownValues[key] != otherValues[key] else { return nil }
      // Checkpoints from before this key stood in records did what is the default now.
      if key == "on_non_finite", ownValues[key] == nil { return nil }
      return (key, ownValues[key] ?? "left out", otherValues[key] ?? "left out")
    }
  }

  /// Warnings where the checkpoint was made with other kernels than those at hand, so that further bits may differ.
  func differencesOfKernels(from algorithms: [(layer: String, algorithm: String)]) -> [String] {
    let own = Self.kernelMetadata(algorithms)
    return own.keys.sorted().compactMap { key in
      guard let told = model.metadata[key], told != own[key] else { return nil }
      return
        "\(model.path ?? "the checkpoint"): \(key.dropFirst("lockstep.".count)) was \(told), but is \(own[key] ?? "") here: the bits from here "
        + "on may not be those of a run without interruption"
    }
  }

  private func requireEpochs(
    _ told: Int?, of experiment: Experiment, path: String
  ) throws(UserMistake) {
    let epochs = experiment.recipe.epochs
    guard let told, told != epochs else { return }
    let difference = "\(path): is of another experiment: epochs is \(told) there, but \(epochs) here"
    guard epochs > told else { throw UserMistake("\(difference); the number of epochs may only grow") }
    guard !experiment.recipe.schedule.dependsOnEpochs else {
      throw UserMistake(
        "\(difference); it must stay, since a cosine schedule spreads the learning rate over all epochs: "
          + "with another number the steps already taken would have been others")
    }
  }
}

extension LearningRateSchedule {
  /// Whether the learning rate of a step depends on the number of epochs.
  fileprivate var dependsOnEpochs: Bool {
    if case .cosine = curve { true } else { false }
  }
}

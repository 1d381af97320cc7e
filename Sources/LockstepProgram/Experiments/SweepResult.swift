import Records
import Training

/// What one training of a sweep came to.
struct SweepResult: Sendable {
  /// The seed.
  let seed: Int
  /// The output directory.
  let output: String
  /// The digest of the weights.
  let digest: String
  /// By measure, the value at the end.
  let values: [String: Double]

  /// What is compared, in the order of the tables; a run has those that its data and loss allow.
  static let measures = [
    "test_accuracy", "test_loss", "validation_accuracy", "validation_loss", "train_loss",
  ]

  /// Reads the last evaluations of a run; nil if it has not ended.
  init?(_ run: RunRecord, seed: Int) {
    guard let digest = run.digest, let last = run.log.epochEnds.keys.max() else { return nil }
    (self.seed, self.digest, output) = (seed, digest, run.path)
    var values: [String: Double] = [:]
    for line in run.log.epochEnds[last] ?? [] where line.event == "evaluation" {
      // Of an average and the trained weights, the average is what the run is about.
      guard let split = line.word("split"), line.word("weights") != "trained" else { continue }
      for key in ["loss", "accuracy"] {
        if let value = line[key].flatMap(Double.init) { values["\(split)_\(key)"] = value }
      }
    }
    self.values = values
  }
}

import DataParallel
import Datasets
import Execution
import Records
import Reports
import Training

/// The evaluation of a checkpoint on a split of its data set.
enum Evaluation {
  /// What the command line says.
  struct Options: Sendable {
    /// The model file, or a run's directory.
    var checkpointPath: String
    /// A configuration for files that tell none, such as those of PyTorch.
    var configurationPath: String?
    /// Changes of the configuration, each `KEY=VALUE`.
    var overrides: [String]
    /// The samples to evaluate on.
    var split: EvaluatedSplit
    /// Which weights to evaluate; nil for the average, if there is one.
    var weights: EvaluatedWeights?
    /// Whether to print one JSON object.
    var printsJSON: Bool
    /// Whether to print the scores of each class or value after the line.
    var printsTable: Bool
  }

  /// Prints loss, accuracy and number of samples, and the scores of classes or values.
  ///
  /// Every rank must call this, with the same options.
  static func evaluate(_ options: Options, ranks: MPIRanks) throws {
    let console = ranks.isCoordinator ? Console() : Console(.quiet)
    defer { console.finish() }
    try console.begin("reading the data")
    let checkpoint = try OpenedCheckpoint(
      path: options.checkpointPath, configurationPath: options.configurationPath,
      overrides: options.overrides,
      split: options.split, weights: options.weights,
      options: [
        ("--split", options.split.rawValue), ("--weights", options.weights?.rawValue ?? ""),
        ("--json", "\(options.printsJSON)"),
        ("--per-class", "\(options.printsTable)"),
      ], ranks: ranks)
    let count = checkpoint.samples.count
    let scores = try checkpoint.replica(trains: false).evaluate(checkpoint.samples) { done in
      try console.begin("evaluating", done: done, of: count)
    }
    console.finish()
    let metrics = scores.metrics
    let loss = JSON.precise(metrics.loss)
    if options.printsJSON {
      var members: [(key: String, value: JSON)] = [
        ("loss", loss), ("accuracy", .number(metrics.accuracy)),
        ("samples", .integer(Int(metrics.samples))),
      ]
      if let weights = checkpoint.weights { members.append(("weights", .text(weights.rawValue))) }
      try ranks.printOnce(JSON.object(members + ScoreMembers.members(of: scores)).description)
    } else {
      try ranks.printOnce(
        "loss \(loss)  accuracy \(metrics.accuracy)  samples \(Int(metrics.samples))"
          + (checkpoint.weights.map { "  weights \($0.rawValue)" } ?? ""))
      if options.printsTable {
        for line in ScoreTable.lines(of: scores) { try ranks.printOnce(line) }
      }
    }
  }
}

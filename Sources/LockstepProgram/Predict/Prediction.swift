import Configurations
import DataParallel
import Datasets
import Execution
import Mistakes
import NeuralNetworks
import Records
import Training

/// The application of a checkpoint's model to samples whose answers are not known.
enum Prediction {
  /// What the command line says.
  struct Options: Sendable {
    /// The model file, or a run's directory.
    var checkpointPath: String
    /// A configuration for files that tell none, such as those of PyTorch.
    var configurationPath: String?
    /// Changes of the configuration, each `KEY=VALUE`.
    var overrides: [String]
    /// Which of the run's weights to take; nil for their average, if one was kept.
    var weights: EvaluatedWeights?
    /// Files and folders.
    var inputs: [String]
    /// How many classes are printed, the most probable first; nil for one.
    var top: Int?
    /// Whether to print a JSON object for each sample.
    var printsJSON: Bool
  }

  /// Prints the answers, a line for each sample, as soon as their batch is done.
  ///
  /// Every rank must call this, with the same options.
  static func predict(_ options: Options, ranks: MPIRanks) throws {
    let (checkpoint, samples) = try ranks.agree {
      let file = try CheckpointFile(
        path: options.checkpointPath, configurationPath: options.configurationPath,
        overrides: options.overrides, weights: options.weights)
      try file.configuration.recipe.check(source: file.source, ranks: ranks.count)
      let checkpoint = try AppliedCheckpoint(file)
      if case .values = checkpoint.signature.target, options.top != nil {
        throw UserMistake("--top: \(file.path) answers values, not classes; leave --top out")
      }
      let data = checkpoint.configuration.data
      guard let unlabelled = data.dataset.unlabelled else {
        throw UserMistake("\(file.source): data \(data.name) has no way to read samples without answers")
      }
      return (checkpoint, try unlabelled(options.inputs, checkpoint.signature))
    }
    let start = StartCheck(ranks)
    try start.requireEqual(options: [
      ("INPUT", options.inputs.joined(separator: " ")), ("--top", "\(options.top ?? 1)"),
      ("--weights", options.weights?.rawValue ?? "default"),
      ("--json", "\(options.printsJSON)"),
    ])
    try start.requireEqual(
      experiment: checkpoint.configuration.experimentRecord,
      source: checkpoint.file.source)
    try start.requireEqualProgram()
    try start.requireEqual(
      fingerprints: [("given", samples.source.fingerprint)], source: options.inputs.joined(separator: " "))
    let answers = Answers(checkpoint.signature, loss: checkpoint.graph.loss, top: options.top ?? 1)
    var told = ContinuousClock.now
    try checkpoint.replica(ranks: ranks).predict(samples.source) { batch, outputs in
      for (sample, outputs) in zip(batch, outputs) {
        let name = samples.names[sample]
        try ranks.printOnce(
          options.printsJSON
            ? answers.json(name, outputs).description : answers.line(name, outputs))
      }
      // What is printed into a file shows itself here.
      guard ranks.isCoordinator, told.duration(to: .now) > .seconds(5) else { return }
      told = .now
      try StandardStream.errors.write("lockstep: \(batch.upperBound) of \(samples.names.count) samples")
    }
  }
}

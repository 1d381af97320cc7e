public import ArgumentParser
import DataParallel
import Training

extension EvaluatedSplit: ExpressibleByArgument {}

/// `lockstep evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compute the exact loss, accuracy and scores of a checkpoint.")

  @OptionGroup var model: CheckpointOptions

  @Option(help: "The samples: train, validation or test.")
  var split = EvaluatedSplit.test

  @OptionGroup var weights: WeightsOption

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print a table of the classes as well.")
  var perClass = false

  func run() throws {
    try withRanks { ranks in
      try Evaluation.evaluate(
        Evaluation.Options(
          checkpointPath: model.checkpoint, configurationPath: model.config, overrides: model.changes.set,
          split: split, weights: weights.weights,
          printsJSON: json, printsTable: perClass),
        ranks: ranks)
    }
  }
}

public import ArgumentParser
import DataParallel
public import Datasets

extension DatasetSplit: ExpressibleByArgument {}

/// `lockstep evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compute the exact loss and accuracy of a checkpoint.")

  @Argument(
    help: "The checkpoint, a safetensors file; or a run's output directory, for its newest checkpoint.")
  var checkpoint: String

  @Option(help: "The configuration, for a checkpoint that holds none, such as PyTorch's.")
  var config: String?

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: "The split of the data set: train or test.")
  var split = DatasetSplit.test

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try withRanks { ranks in
      try Evaluation.evaluate(
        Evaluation.Options(
          checkpointPath: checkpoint, configurationPath: config, overrides: changes.set, split: split,
          printsJSON: json),
        ranks: ranks)
    }
  }
}

import ArgumentParser
import DataParallel

/// `lockstep train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model; under mpirun on several ranks.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @OptionGroup var destination: OutputOptions

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: ArgumentHelp("Only never is known: runs cannot be resumed yet.", valueName: "never"))
  var resume = "never"

  @Option(help: ArgumentHelp("Stop after N steps, with a checkpoint.", valueName: "n"))
  var maxSteps: Int?

  func validate() throws {
    guard resume == "never" else {
      throw ValidationError("--resume \(resume): runs cannot be resumed yet; only --resume never is known")
    }
    if let maxSteps, maxSteps < 1 {
      throw ValidationError("--max-steps \(maxSteps): expected a number of at least 1")
    }
  }

  func run() throws {
    try withRanks { ranks in
      try TrainingRun.train(
        TrainingRun.Options(
          configurationPath: config, overrides: changes.set, output: destination.output,
          overwrites: destination.overwrite, maxSteps: maxSteps, arguments: CommandLine.arguments),
        ranks: ranks)
    }
  }
}

import ArgumentParser
import DataParallel
import Training

/// `lockstep minimize`.
struct MinimizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "minimize",
    abstract: "Minimize a function, or fit a regression; under mpirun on several ranks.")

  @Argument(help: "The configuration, a YAML file such as those in configs/minimize.")
  var config: String

  @OptionGroup var destination: OutputOptions

  @OptionGroup var changes: ConfigurationChanges

  func run() throws {
    try withRanks { ranks in
      try MinimizationRun.minimize(
        MinimizationRun.Options(
          configurationPath: config, overrides: changes.set, output: destination.output,
          overwrites: destination.overwrite,
          arguments: CommandLine.arguments),
        ranks: ranks)
    }
  }
}

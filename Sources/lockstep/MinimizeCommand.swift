import ArgumentParser
import Training

/// `lockstep minimize`.
struct MinimizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "minimize",
    abstract: "Minimize a function or a regression as a configuration says; under mpirun on several ranks.")

  @Argument(help: "The configuration, a YAML file such as those in configs/minimize.")
  var config: String

  @Option(help: "The output directory (default: a new one below runs/).")
  var output: String?

  @Flag(help: "Replace another run in the output directory.")
  var overwrite = false

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Change a key of the configuration, dotted: --set method.learning_rate=0.5.", valueName: "key=value"))
  var set: [String] = []

  func run() throws {
    try runOnAllRanks { world in
      try MinimizationRun.minimize(
        MinimizationRun.Options(
          configurationPath: config, overrides: set, output: output, overwrites: overwrite,
          arguments: CommandLine.arguments),
        world: world)
    }
  }
}

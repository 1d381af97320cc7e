import ArgumentParser
import Mistakes
import NeuralNetworks

/// `lockstep summary`.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Print a model's layers, and the memory and the all-reduces that training it takes.",
    usage: """
      lockstep summary CONFIG [--set KEY=VALUE]… [--ranks N]
             lockstep summary --model FILE --input 3x6x6 [--set KEY=VALUE]…
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String?

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: ArgumentHelp("The number of ranks to plan for.", valueName: "n"))
  var ranks = 1

  @Option(help: "A YAML file with a section model: only its layers are shown; data and loss are not needed.")
  var model: String?

  @Option(
    help: ArgumentHelp(
      "With --model, the shape of a sample: channels×height×width, or features.", valueName: "3x6x6"))
  var input: String?

  func validate() throws {
    guard ranks >= 1 else {
      throw ValidationError("--ranks \(ranks): expected a number of at least 1")
    }
    guard (config == nil) != (model == nil) else {
      throw ValidationError("expected a configuration, or --model FILE with --input SHAPE")
    }
    guard (model == nil) == (input == nil) else {
      throw ValidationError(
        "--model and --input go together: --model \(model ?? "FILE") --input \(input ?? "3x6x6")")
    }
  }

  func run() throws {
    let lines: [String]
    if let model, let input {
      lines = try Summary.lines(modelPath: model, overrides: changes.set, input: InputShape(input).shape)
    } else {
      lines = try Summary.lines(configurationPath: config ?? "", overrides: changes.set, ranks: ranks)
    }
    if MessageOnce.isFirstRank { try StandardStream.output.write(lines.joined(separator: "\n")) }
  }
}

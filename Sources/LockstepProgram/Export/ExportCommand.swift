import ArgumentParser
import Mistakes

/// `lockstep export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a checkpoint's model, weights included, in the format of ONNX.")

  @OptionGroup var model: CheckpointOptions

  @Option(help: "The ONNX file to write; one that is there is replaced.")
  var onnx: String

  @OptionGroup var weights: WeightsOption

  func run() throws {
    guard MessageOnce.isFirstRank else { return }
    let lines = try Export.write(
      CheckpointFile(
        path: model.checkpoint, configurationPath: model.config, overrides: model.changes.set,
        weights: weights.weights), to: onnx)
    try StandardStream.output.write(lines.joined(separator: "\n"))
  }
}

import ArgumentParser
import Mistakes

/// `lockstep export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a checkpoint's model, weights included, in the format of ONNX.")

  @OptionGroup var model: CheckpointOptions

  @Option(help: "The ONNX file to write; one that is there is replaced.")
  var onnx: String

  func run() throws {
    guard MessageOnce.isFirstRank else { return }
    let lines = try Export.write(
      checkpointPath: model.checkpoint, configurationPath: model.config, overrides: model.changes.set,
      to: onnx)
    try StandardStream.output.write(lines.joined(separator: "\n"))
  }
}

import ArgumentParser
import DataParallel

/// `lockstep predict`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Apply a checkpoint's model to images, arrays or tables of one's own.",
    usage: "lockstep predict RUN INPUT… [--top K] [--json]")

  @OptionGroup var model: CheckpointOptions

  @Argument(
    help:
      "What the model is applied to: JPEG and PNG files, folders of them, NumPy arrays (.npy), or tables (.csv)."
  )
  var inputs: [String]

  @Option(
    help: ArgumentHelp(
      "The number of classes to print, the most probable first (default: 1).", valueName: "k"))
  var top: Int?

  @OptionGroup var weights: WeightsOption

  @Flag(help: "Print a JSON object for each sample, with all logits or values.")
  var json = false

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top \(top): expected a number of at least 1") }
  }

  func run() throws {
    try withRanks { ranks in
      try Prediction.predict(
        Prediction.Options(
          checkpointPath: model.checkpoint, configurationPath: model.config, overrides: model.changes.set,
          weights: weights.weights, inputs: inputs, top: top, printsJSON: json), ranks: ranks)
    }
  }
}

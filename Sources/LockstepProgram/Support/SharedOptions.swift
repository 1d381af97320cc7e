public import ArgumentParser
public import Training

/// Changes of a configuration.
struct ConfigurationChanges: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Set a key of the configuration, such as optimizer.learning_rate=0.1; may be repeated.",
      valueName: "key=value"))
  var set: [String] = []
}

/// A checkpoint, with the configuration it was trained with.
struct CheckpointOptions: ParsableArguments {
  @Argument(
    help: "The checkpoint, a safetensors file; or a run's output directory, for its newest checkpoint.")
  var checkpoint: String

  @Option(help: "The configuration, for a checkpoint that holds none, such as PyTorch's.")
  var config: String?

  @OptionGroup var changes: ConfigurationChanges
}

/// Where a run writes.
struct OutputOptions: ParsableArguments {
  @Option(help: "The output directory (default: runs/CONFIG-DATE-TIME).")
  var output: String?

  @Flag(help: "Replace the run that is in the output directory.")
  var overwrite = false
}

extension EvaluatedWeights: ExpressibleByArgument {}

/// Which weights of a checkpoint are taken.
struct WeightsOption: ParsableArguments {
  @Option(
    help:
      "Of a run that keeps an average of its weights: the average, or the trained weights themselves. (default: average)"
  )
  var weights: EvaluatedWeights?
}

import ArgumentParser

/// Changes of a configuration.
struct ConfigurationChanges: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Set a key of the configuration, such as optimizer.learning_rate=0.1; may be repeated.",
      valueName: "key=value"))
  var set: [String] = []
}

/// Where a run writes.
struct OutputOptions: ParsableArguments {
  @Option(help: "The output directory (default: runs/CONFIG-DATE-TIME).")
  var output: String?

  @Flag(help: "Replace the run that is in the output directory.")
  var overwrite = false
}

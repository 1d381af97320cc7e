import ArgumentParser

/// Changes of a configuration.
struct ConfigurationChanges: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Change a key of the configuration, dotted: --set seed=3.", valueName: "key=value"))
  var set: [String] = []
}

/// Where a run writes.
struct OutputOptions: ParsableArguments {
  @Option(help: "The output directory (default: a new one below runs/).")
  var output: String?

  @Flag(help: "Replace another run in the output directory.")
  var overwrite = false
}

import ArgumentParser
import DataParallel

extension Curvature.BatchNorm: ExpressibleByArgument {}

/// `lockstep curvature`.
struct CurvatureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curvature",
    abstract:
      "Tell the curvature of the training loss at a checkpoint: eigenvalues, trace; and its layers' gradients."
  )

  @Argument(help: "The checkpoint, a safetensors file.")
  var checkpoint: String

  @Option(help: "The configuration, for files that tell none, such as PyTorch's.")
  var config: String?

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: ArgumentHelp("Take the first so many training samples (default: all).", valueName: "n"))
  var samples: Int?

  @Option(help: ArgumentHelp("At most so many products for the eigenvalues.", valueName: "k"))
  var steps = 30

  @Option(help: ArgumentHelp("So many products for the trace.", valueName: "m"))
  var probes = 10

  @Option(help: "Statistics of batch norm: training (each batch's own) or evaluation (the running ones).")
  var batchNorm = Curvature.BatchNorm.evaluation

  @Option(help: ArgumentHelp("The seed of the random vectors.", valueName: "n"))
  var seed: UInt64 = 0

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    for (option, value, least) in [
      ("--samples", samples ?? 1, 1), ("--steps", steps, 1), ("--probes", probes, 2),
    ] where value < least {
      throw ValidationError("\(option) \(value): expected a number of at least \(least)")
    }
  }

  func run() throws {
    try withRanks { ranks in
      try Curvature.examine(
        Curvature.Options(
          checkpointPath: checkpoint, configurationPath: config, overrides: changes.set, sampleCount: samples,
          stepLimit: steps, probeCount: probes, batchNorm: batchNorm, seed: seed, printsJSON: json),
        ranks: ranks)
    }
  }
}

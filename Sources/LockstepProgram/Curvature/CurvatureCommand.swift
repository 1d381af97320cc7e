import ArgumentParser
import DataParallel

extension Curvature.BatchNorm: ExpressibleByArgument {}

/// `lockstep curvature`.
struct CurvatureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curvature",
    abstract:
      "Compute the curvature of the training loss at a checkpoint (extreme eigenvalues and trace of the Hessian) and the gradient of each layer."
  )

  @OptionGroup var model: CheckpointOptions

  @Option(help: ArgumentHelp("Use the first N training samples (default: all).", valueName: "n"))
  var samples: Int?

  @Option(help: ArgumentHelp("Take at most K Hessian-vector products for the eigenvalues.", valueName: "k"))
  var steps = 30

  @Option(help: ArgumentHelp("Take M Hessian-vector products for the trace.", valueName: "m"))
  var probes = 10

  @Option(
    help: "The mode of batch norm: training (statistics of each batch) or evaluation (running statistics).")
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
          checkpointPath: model.checkpoint, configurationPath: model.config, overrides: model.changes.set,
          sampleCount: samples,
          stepLimit: steps, probeCount: probes, batchNorm: batchNorm, seed: seed, printsJSON: json),
        ranks: ranks)
    }
  }
}

import ArgumentParser
import DataParallel
import Mistakes
import Training

/// `lockstep train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model; under mpirun on several ranks.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @OptionGroup var destination: OutputOptions

  @OptionGroup var changes: ConfigurationChanges

  @Option(
    help: ArgumentHelp(
      "Go on with a run: auto with the newest whole checkpoint of --output, if there is one; or a checkpoint, or a run's "
        + "output directory.", valueName: "auto|never|path"))
  var resume = "never"

  @Option(
    help: ArgumentHelp(
      "Begin with the weights of a safetensors file, a checkpoint or a run's output directory, but for what model.reset names.",
      valueName: "file"))
  var initialWeights: String?

  @Option(
    help: ArgumentHelp(
      "Stop after N steps since the beginning of the run, with a checkpoint; 0 writes the initial weights.",
      valueName: "n"))
  var maxSteps: Int?

  @Option(
    help: ArgumentHelp(
      "Stop before M minutes are over, with a checkpoint and status 3, as before a batch system's time limit.",
      valueName: "m"))
  var maxMinutes: Double?

  @Option(
    help: ArgumentHelp(
      "Write what all ranks do when, in some steps, into a file that Perfetto (ui.perfetto.dev) opens.",
      valueName: "file"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "The first and the last step to record for --trace, from 1 (default: 3:7).", valueName: "a:b"))
  var traceSteps: String?

  private var traced: TrainingRun.Trace? {
    trace.map {
      TrainingRun.Trace(
        path: $0, steps: traceSteps.flatMap(TrainingRun.Trace.steps) ?? TrainingRun.Trace.usualSteps)
    }
  }

  @Flag(help: "Print nothing on standard output; warnings stay.")
  var quiet = false

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Let the run meet a fault, as a drill: kill, stop, delay, nan, bitflip, enospc or cut, such as kill:rank=1,step=17; may "
        + "be repeated. It does not fire again when the run is resumed.", valueName: "fault"))
  var inject: [String] = []

  private func faults() throws -> [Fault] {
    try inject.map { text in
      do throws(UserMistake) {
        return try Fault(parsing: text)
      } catch {
        throw ValidationError(error.description)
      }
    }
  }

  func validate() throws {
    _ = try faults()
    if resume == "auto", destination.output == nil {
      throw ValidationError("--resume auto: needs --output, the directory of the run to go on with")
    }
    if resume.isEmpty {
      throw ValidationError(
        "--resume: has no value; give auto, never, a checkpoint or a run's output directory")
    }
    if resume != "never", destination.overwrite {
      throw ValidationError(
        "--overwrite: removes the run that --resume \(resume) would go on with; give one of them")
    }
    if initialWeights?.isEmpty == true {
      throw ValidationError(
        "--initial-weights: has no value; give a safetensors file, a checkpoint or a run's output directory")
    }
    if trace?.isEmpty == true { throw ValidationError("--trace: has no value; give a file") }
    if let traceSteps {
      guard TrainingRun.Trace.steps(traceSteps) != nil else {
        throw ValidationError(
          "--trace-steps \(traceSteps): expected two steps such as 3:7, the first from 1 on")
      }
      if trace == nil { throw ValidationError("--trace-steps \(traceSteps): needs --trace FILE") }
    }
    if let maxSteps, maxSteps < 0 {
      throw ValidationError("--max-steps \(maxSteps): expected a number of at least 0")
    }
    if let maxMinutes, !(maxMinutes > 0 && maxMinutes.isFinite) {
      throw ValidationError("--max-minutes \(maxMinutes): expected a number above 0")
    }
  }

  func run() throws {
    // Before MPI starts: the launcher passes requests on from then on, and a rank must not die of one while it reads data.
    StopSignals.watch()
    try withRanks { ranks in
      try TrainingRun.train(
        TrainingRun.Options(
          configurationPath: config, overrides: changes.set, output: destination.output,
          overwrites: destination.overwrite, resume: TrainingRun.Resume(resume),
          initialWeights: initialWeights, maxSteps: maxSteps,
          maxMinutes: maxMinutes, faults: try faults(), trace: traced, isQuiet: quiet,
          arguments: CommandLine.arguments),
        ranks: ranks)
    }
  }
}

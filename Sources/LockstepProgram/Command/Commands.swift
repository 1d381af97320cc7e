import ArgumentParser
import Foundation
import Logging
import MPI
package import Records
import Training

/// `lockstep train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model as a configuration says; under mpirun on several ranks.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @OptionGroup var destination: OutputOptions

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: ArgumentHelp("never; auto and PATH come later.", valueName: "auto|never|path"))
  var resume = "never"

  @Option(help: ArgumentHelp("Stop after so many steps.", valueName: "n"))
  var maxSteps: Int?

  func validate() throws {
    guard resume == "never" else {
      throw ValidationError("--resume \(resume): runs cannot be resumed yet; only --resume never is known")
    }
    if let maxSteps, maxSteps < 1 {
      throw ValidationError("--max-steps \(maxSteps): expected a number of at least 1")
    }
  }

  func run() throws {
    try runOnAllRanks { world in
      try TrainingRun.train(
        TrainingRun.Options(
          configurationPath: config, overrides: changes.set, output: destination.output,
          overwrites: destination.overwrite, maxSteps: maxSteps, arguments: CommandLine.arguments),
        world: world, logger: Logger(label: "lockstep"))
    }
  }
}

/// `lockstep evaluate`.
struct EvaluateCommand: ParsableCommand {
  /// A part of a data set.
  enum Split: String, ExpressibleByArgument {
    case train
    case test
  }

  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compute the exact loss and accuracy of a checkpoint.")

  @Argument(help: "The checkpoint, a safetensors file.")
  var checkpoint: String

  @Option(help: "The configuration, for files that tell none, such as PyTorch's.")
  var config: String?

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: "The part of the data set: train or test.")
  var split = Split.test

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    try runOnAllRanks { world in
      try Evaluation.evaluate(
        Evaluation.Options(
          checkpointPath: checkpoint, configurationPath: config, overrides: changes.set,
          usesTrainSplit: split == .train, printsJSON: json),
        world: world)
    }
  }
}

/// `lockstep summary`.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Print the layers of a configuration's model, and the memory and sums that training will take.")

  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @OptionGroup var changes: ConfigurationChanges

  @Option(help: ArgumentHelp("The ranks that share the microshards.", valueName: "n"))
  var ranks = 1

  func validate() throws {
    guard ranks >= 1 else {
      throw ValidationError("--ranks \(ranks): expected a number of at least 1")
    }
  }

  func run() throws {
    let lines = try Summary.lines(configurationPath: config, overrides: changes.set, ranks: ranks)
    if MessageOnce.isFirstRank { print(lines.joined(separator: "\n")) }
  }
}

/// `lockstep digest`.
struct DigestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Print the SHA-256 over names, shapes and bytes of a checkpoint; of several, with their paths.")

  @Argument(help: "Checkpoints, safetensors files.")
  var checkpoints: [String]

  func run() throws {
    let digests = try checkpoints.map(CheckpointDigest.digest)
    guard MessageOnce.isFirstRank else { return }
    for (path, digest) in zip(checkpoints, digests) {
      print(checkpoints.count == 1 ? digest : "\(digest)  \(path)")
    }
  }
}

/// `lockstep bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure what the ranks cost.", subcommands: [AllReduce.self, Step.self])

  /// `lockstep bench step`.
  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "step", abstract: "Time training steps of a configuration on fixed random images.")

    @Argument(help: "The configuration, a YAML file; its data set is not read.")
    var config: String

    @OptionGroup var changes: ConfigurationChanges

    @Option(
      parsing: .singleValue,
      help: ArgumentHelp(
        "Time steps with this change in turn with those without it.", valueName: "key=value"))
    var against: [String] = []

    @Option(help: ArgumentHelp("How many steps are timed.", valueName: "k"))
    var steps = 10

    @Option(help: "Write one JSON object to this file.")
    var json: String?

    func run() throws {
      try runOnAllRanks { world in
        try StepBenchmark.run(
          StepBenchmark.Options(
            configurationPath: config, overrides: changes.set, alternatives: against, stepCount: steps,
            jsonPath: json),
          world: world)
      }
    }
  }

  /// `lockstep bench allreduce`.
  struct AllReduce: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "allreduce",
      abstract: "Time exact sums over all ranks beside MPI_Allreduce and a copy of the same bytes.")

    @Option(
      parsing: .singleValue,
      help: ArgumentHelp("Sum so many floats (default: several counts up to 11178378).", valueName: "n"))
    var count: [Int] = []

    @Option(help: "Write one JSON object a line and count to this file.")
    var json: String?

    func run() throws {
      try runOnAllRanks { world in
        try AllReduceBenchmark.run(
          AllReduceBenchmark.Options(
            counts: count.isEmpty ? AllReduceBenchmark.Options.standardCounts : count, jsonPath: json),
          world: world)
      }
    }
  }
}

/// Runs a command under MPI and ends the process with the status of its outcome, on all ranks.
func runOnAllRanks(_ body: (Communicator) throws -> Outcome) throws {
  // A communication thread may take part.
  let status = try withMPI(threads: .serialized) { world in
    let (status, message): (Int32, String?) =
      switch try body(world) {
      case .done: (ExitStatus.done, nil)
      case .mistake(let message): (ExitStatus.mistake, message)
      case .failure(let message): (ExitStatus.failure, message)
      }
    // Only the rank that is to speak has a message. It speaks before MPI ends, where the ranks wait for each
    // other: the launcher ends all ranks as soon as one has left with another status than 0.
    if let message { FileHandle.standardError.write(Data("lockstep: \(message)\n".utf8)) }
    return status
  }
  if status != ExitStatus.done { exit(status) }
}

import ArgumentParser
import DataParallel

/// `lockstep audit`.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Recompute a training run, and compare every number of its log and its checkpoints.")

  @Argument(help: ArgumentHelp("The run's output directory. Nothing is written into it.", valueName: "run"))
  var directory: String

  @Option(
    help: ArgumentHelp(
      "Begin after step N, with the newest checkpoint there or before (default: the beginning).",
      valueName: "n"))
  var from: Int?

  @Option(help: ArgumentHelp("End with step N (default: the last one of the log).", valueName: "n"))
  var to: Int?

  @OptionGroup var changes: ConfigurationChanges

  func validate() throws {
    for (option, value) in [("--from", from), ("--to", to)] {
      if let value, value < 0 {
        throw ValidationError("\(option) \(value): expected a number of at least 0")
      }
    }
  }

  func run() throws {
    try withRanks { ranks in
      try Audit.audit(
        Audit.Options(runPath: directory, from: from, to: to, overrides: changes.set), ranks: ranks)
    }
  }
}

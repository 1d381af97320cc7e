import ArgumentParser
import DataParallel
import Foundation
import Mistakes

/// `lockstep launch`.
struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch",
    abstract: "Run a command on several ranks by mpirun, and say what becomes of them.",
    usage:
      "lockstep launch [-n RANKS] [--hostfile FILE] [--max-restarts K] [--min-ranks M] COMMAND ARGUMENTS…")

  @Option(
    name: .customShort("n"),
    help: ArgumentHelp("How many ranks (default: 1; in a batch job its tasks).", valueName: "ranks"))
  var ranks: Int?

  @Option(help: ArgumentHelp("Open MPI's host file, lines such as: node1 slots=4.", valueName: "file"))
  var hostfile: String?

  @Option(help: "Start a run that died again, from its newest checkpoint, up to K times.")
  var maxRestarts = 0

  @Option(help: "The fewest ranks of a restart, where hosts are gone (default: as many as at first).")
  var minRanks: Int?

  @Option(help: "The seconds in which MPI must have started on all ranks.")
  var startTimeout = 120.0

  @Option(help: .hidden)
  var program: String?

  @Argument(
    parsing: .captureForPassthrough, help: "The command with its arguments, as without launch.")
  var command: [String]

  func validate() throws {
    if let ranks, ranks < 1 { throw ValidationError("-n \(ranks): expected a number of ranks of at least 1") }
    if maxRestarts < 0 {
      throw ValidationError("--max-restarts \(maxRestarts): expected a number of at least 0")
    }
    if let minRanks, minRanks < 1 || minRanks > ranks ?? Int.max {
      throw ValidationError("--min-ranks \(minRanks): expected a number from 1 to the ranks (-n)")
    }
    if !(startTimeout > 0 && startTimeout < 1e9) {
      throw ValidationError("--start-timeout \(startTimeout): expected seconds, more than 0")
    }
    if let first = command.first, first.hasPrefix("-"), !["--help", "-h", "--version"].contains(first) {
      throw ValidationError("\(first): unknown to launch; expected a command, such as train")
    }
    if command.isEmpty { throw ValidationError("launch needs a command, such as train") }
    if command.first == "launch" { throw ValidationError("launch cannot launch itself") }
  }

  func run() throws {
    var options = LaunchOptions(program: program ?? LaunchOptions.ownPath, command: command)
    (options.ranks, options.hostFile) = (ranks, hostfile)
    (options.maxRestarts, options.minRanks) = (maxRestarts, minRanks)
    options.startTimeoutSeconds = startTimeout
    let status = try Launcher(options).run()
    if status != ExitStatus.done { Foundation.exit(status) }
  }
}

import ArgumentParser
import Foundation
import Logging
import MPI
import Mistakes
import Training

/// The command line.
@main
struct LockstepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lockstep",
    abstract:
      "A data-parallel trainer for CPU clusters: the number of ranks changes the speed, never the result.",
    version: Lockstep.version,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, CurvatureCommand.self, SummaryCommand.self,
      DigestCommand.self, MinimizeCommand.self, BenchCommand.self,
    ])

  static func main() {
    LoggingSystem.bootstrap(StandardErrorLog.init)
    var command: any ParsableCommand
    do {
      command = try parseAsRoot()
    } catch {
      end(parsing: error)
    }
    do {
      try command.run()
    } catch  where UserMistake.covers(error) {
      MessageOnce.end(mistake: "\(error)")
    } catch  where exitCode(for: error) == ExitCode.success {
      // The parser makes a command of a request for help, which throws the text.
      end(parsing: error)
    } catch {
      MessageOnce.write("\(error)")
      Foundation.exit(ExitStatus.failure)
    }
  }

  /// Ends after help was asked for, or with the parser's message, which every rank comes upon.
  private static func end(parsing error: any Error) -> Never {
    if exitCode(for: error) == ExitCode.success {
      if MessageOnce.isFirstRank { print(fullMessage(for: error)) }
      Foundation.exit(ExitStatus.done)
    }
    MessageOnce.end(mistake: message(for: error) + "; see lockstep --help")
  }
}

/// What the process tells its caller.
enum ExitStatus {
  /// All was done.
  static let done: Int32 = 0
  /// Something failed that is not the user's mistake.
  static let failure: Int32 = 1
  /// The user's mistake.
  static let mistake: Int32 = 2
}

/// Messages that all ranks come upon alike are printed by the first.
enum MessageOnce {
  /// Whether this process is the first rank, or runs without mpirun.
  ///
  /// Known before MPI runs, from the launcher.
  static var isFirstRank: Bool {
    let environment = ProcessInfo.processInfo.environment
    let rank = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"].lazy.compactMap {
      environment[$0]
    }.first
    return rank == nil || rank == "0"
  }

  /// Writes one line on standard error.
  static func write(_ message: String) {
    guard isFirstRank else { return }
    FileHandle.standardError.write(Data("lockstep: \(message)\n".utf8))
  }

  /// Ends with a mistake of the user that all ranks come upon alike, before MPI runs.
  ///
  /// The others end without a complaint: a launcher that hears one ends all ranks at once, perhaps before the
  /// first has spoken.
  static func end(mistake message: String) -> Never {
    guard isFirstRank else { exit(ExitStatus.done) }
    write(message)
    exit(ExitStatus.mistake)
  }
}

import Foundation

/// What is to be started, where, and what is done when it dies.
package struct LaunchOptions {
  /// The executable of the ranks.
  package var program: String
  /// The command and its arguments.
  package var command: [String]
  /// How many ranks; nil for as many as the batch system's allocation is meant for, and 1 without.
  package var ranks: Int?
  /// Open MPI's host file, as given.
  package var hostFile: String?
  /// How often a run that died is started again.
  package var maxRestarts = 0
  /// The fewest ranks to start it with, after hosts were lost; nil for as many as at first.
  package var minRanks: Int?
  /// The time in which MPI must have started on all ranks.
  package var startTimeoutSeconds = 120.0

  /// Makes the options of a launch on one rank of its own.
  package init(program: String, command: [String]) {
    (self.program, self.command) = (program, command)
  }

  /// The executable of this process.
  static var ownPath: String {
    let link = "/proc/self/exe"
    if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: link) { return path }
    return Bundle.main.executablePath ?? CommandLine.arguments[0]
  }

  /// The output directory among the command's arguments.
  package var output: String? {
    for (index, argument) in command.enumerated() {
      if argument == "--output", index + 1 < command.count { return command[index + 1] }
      if argument.hasPrefix("--output=") { return String(argument.dropFirst("--output=".count)) }
    }
    return nil
  }

  /// The command that goes on where a run has ended: with `--resume auto`, and without `--overwrite`.
  package var resumedCommand: [String] {
    var result: [String] = []
    var skips = false
    for argument in command {
      if skips {
        skips = false
      } else if argument == "--resume" {
        skips = true
      } else if argument != "--overwrite", !argument.hasPrefix("--resume=") {
        result.append(argument)
      }
    }
    return result + ["--resume", "auto"]
  }

  /// Whether the command's ranks start MPI: the others have no start to wait for.
  package var startsMPI: Bool {
    !["summary", "digest", "compare", "help", "--help", "-h", "--version"].contains(command.first)
      && !command.contains("--help") && !command.contains("-h")
  }
}

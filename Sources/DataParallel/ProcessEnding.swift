import Foundation

/// What the process tells its caller.
package enum ExitStatus {
  /// All was done.
  package static let done: Int32 = 0
  /// Something failed that is not the user's mistake.
  package static let failure: Int32 = 1
  /// The user's mistake.
  package static let mistake: Int32 = 2
  /// The run has stopped because somebody asked for it, and has left a checkpoint.
  package static let stopped: Int32 = 3
}

/// Writes one line on standard error, in one piece, after the program's name.
package func printOnStandardError(_ message: String) {
  let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "lockstep").lastPathComponent
  FileHandle.standardError.write(Data("\(program): \(message)\n".utf8))
}

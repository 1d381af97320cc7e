import Execution
import Foundation
import MPI
import Mistakes

/// Runs a program on all ranks under `mpirun`, or as the only rank without it, and ends them all alike.
///
/// ```swift
/// try withRanks { ranks in
///   let trainer = try Trainer(experiment, ranks: ranks)
///   let end = try trainer.run()
///   if ranks.isCoordinator { print("digest \(end.digest)") }
/// }
/// ```
///
/// What `body` throws ends the process: a `UserError`, which one rank may meet for all (``Ranks/agree(_:)``), with status 2
/// and its line on standard error; a ``CommonFailure``, which all ranks meet together, with status 1 and its line. Any other
/// error is this rank's alone: it is printed with the rank's number, and all ranks are ended with status 1.
///
/// Every rank must call this, once in the life of a process.
///
/// - Throws: `MPIError` if MPI does not start or does not end.
public func withRanks(_ body: (_ ranks: MPIRanks) throws -> Void) throws {
  // A communication thread may take part.
  let status = try withMPI(threads: .serialized) { world -> Int32 in
    do {
      try body(try MPIRanks(world))
      return ExitStatus.done
    } catch is MistakeElsewhere {
      return ExitStatus.mistake
    } catch let failure as CommonFailure {
      failure.message.map(printOnStandardError)
      return ExitStatus.failure
    } catch let mistake as any UserError {
      // The rank speaks before MPI ends, where the ranks wait for each other: the launcher ends all ranks as soon as one
      // has left with another status than 0.
      printOnStandardError("\(mistake)")
      return ExitStatus.mistake
    }
  }
  if status != ExitStatus.done { exit(status) }
}

/// What the process tells its caller.
package enum ExitStatus {
  /// All was done.
  package static let done: Int32 = 0
  /// Something failed that is not the user's mistake.
  package static let failure: Int32 = 1
  /// The user's mistake.
  package static let mistake: Int32 = 2
}

/// Writes one line on standard error, in one piece, after the program's name.
package func printOnStandardError(_ message: String) {
  let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "lockstep").lastPathComponent
  FileHandle.standardError.write(Data("\(program): \(message)\n".utf8))
}

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
/// What `body` throws ends the process. All ranks end in order, and one of them prints a line on standard error, after a
/// `UserError` inside of ``Ranks/agree(_:)`` (status 2) or a ``CommonFailure`` (status 1). Any other error is this rank's
/// alone, and the others may be waiting for it: it is printed with the rank's number, and all ranks are ended at once, with
/// status 2 if it is a `UserError` and 1 otherwise. ``StoppedOnRequest``, which all ranks throw together, ends them with status 3.
///
/// Every rank must call this, once in the life of a process.
///
/// - Throws: `MPIError` if MPI does not start or does not end.
public func withRanks(_ body: (_ ranks: MPIRanks) throws -> Void) throws {
  // A communication thread may take part.
  let status = try withMPI(threads: .serialized) { world -> Int32 in
    let ranks = try MPIRanks(world)
    do {
      try body(ranks)
      return ExitStatus.done
    } catch is StoppedOnRequest {
      return ExitStatus.stopped
    } catch is MistakeElsewhere {
      return ExitStatus.mistake
    } catch let failure as CommonFailure {
      failure.message.map(printOnStandardError)
      return ExitStatus.failure
    } catch let mistake as any UserError {
      guard ranks.hasAgreedOnMistake || ranks.count == 1 else {
        world.abort(reporting: mistake, status: Int(ExitStatus.mistake))
      }
      // The rank speaks before MPI ends, where the ranks wait for each other: the launcher ends all ranks as soon as one
      // has left with another status than 0.
      printOnStandardError("\(mistake)")
      return ExitStatus.mistake
    }
  }
  if status != ExitStatus.done { exit(status) }
}

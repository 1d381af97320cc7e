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
  let (status, rank) = try withMPI(threads: .serialized) { world throws -> (Int32, Int) in
    LauncherNotes.noteStart(rank: world.rank)
    return (try endingStatus(of: body, world), world.rank)
  }
  LauncherNotes.noteEnd(status: status, rank: rank)
  if status != ExitStatus.done { exit(status) }
}

/// Does what this rank is to do, and says how it has ended in order.
private func endingStatus(of body: (_ ranks: MPIRanks) throws -> Void, _ world: Communicator) throws -> Int32
{
  let ranks = try MPIRanks(world)
  do {
    do {
      try body(ranks)
      ranks.leave()
    } catch {
      // What this rank says itself is not to be said of it by the others.
      ranks.leave()
      throw error
    }
    return ExitStatus.done
  } catch is StoppedOnRequest {
    // Before MPI ends, which waits for mpirun: that may be busy ending ranks, this one included.
    LauncherNotes.noteEnd(status: ExitStatus.stopped, rank: world.rank)
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
  } catch let error as StandardStreamError where error.isClosedPipe {
    // Whoever read our output has seen enough, which is no failure that anybody should be told of.
    guard ranks.count == 1 else { world.abort(status: Int(StandardStreamError.closedPipeStatus)) }
    return StandardStreamError.closedPipeStatus
  } catch  where ranks.count == 1 && (error is StandardStreamError || error is LocalFailure) {
    // Nobody else waits.
    printOnStandardError("\(error)")
    return ExitStatus.failure
  }
}

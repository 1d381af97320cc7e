package import MPI
import Mistakes

/// How a command ended: done, or ended by the user's mistake, or by a failure that all ranks have seen.
public enum Outcome: Sendable {
  /// All ranks did what was asked.
  case done
  /// A rank met a mistake of the user; `message` is set on the one rank that is to print it.
  case mistake(message: String?)
  /// All ranks met a failure together; `message` is set on the one rank that is to print it.
  case failure(message: String?)
}

extension Communicator {
  /// Does something on every rank that may meet a mistake of the user, and lets all ranks know.
  ///
  /// If any rank does, no rank goes on: the one of the lowest number throws its mistake, the others throw
  /// ``MistakeElsewhere``. Errors of other kinds pass at once. Every rank must call this.
  package func agree<Result>(_ body: () throws -> Result) throws -> Result {
    var mistake: (any Error)?
    var result: Result?
    do {
      result = try body()
    } catch  where UserMistake.covers(error) {
      mistake = error
    }
    let first = try allReduce(mistake == nil ? size : rank, .minimum)
    if first == rank, let mistake { throw mistake }
    guard first == size, let result else { throw MistakeElsewhere() }
    return result
  }

  /// Ends the command on all ranks if any of them has a complaint; the one of the lowest number tells it.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: ``CommonFailure`` on all ranks.
  package func fail(together complaint: String?) throws {
    let first = try allReduce(complaint == nil ? size : rank, .minimum)
    guard first < size else { return }
    throw CommonFailure(message: first == rank ? complaint : nil)
  }
}

/// A failure that is not the user's and that all ranks throw together, so that they can end in order.
package struct CommonFailure: Error {
  /// What has failed, on the one rank that is to print it.
  package var message: String?

  /// Names the failure.
  package init(message: String?) {
    self.message = message
  }
}

/// Another rank has met, and tells, a mistake of the user.
package struct MistakeElsewhere: Error {}

extension Outcome {
  /// Runs a command's body; a mistake of the user and a common failure become outcomes, other errors pass.
  package static func of(_ body: () throws -> Void) throws -> Outcome {
    do {
      try body()
      return .done
    } catch is MistakeElsewhere {
      return .mistake(message: nil)
    } catch let failure as CommonFailure {
      return .failure(message: failure.message)
    } catch  where UserMistake.covers(error) {
      return .mistake(message: "\(error)")
    }
  }
}

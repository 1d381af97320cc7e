package import MPI

/// How a command ended: done, or ended by the user's mistake.
public enum Outcome: Sendable {
  /// All ranks did what was asked.
  case done
  /// A rank met a mistake of the user; `message` is set on the one rank that is to print it.
  case mistake(message: String?)
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
}

/// Another rank has met, and tells, a mistake of the user.
package struct MistakeElsewhere: Error {}

extension Outcome {
  /// Runs a command's body; a mistake of the user becomes an outcome, all other errors pass.
  package static func of(_ body: () throws -> Void) throws -> Outcome {
    do {
      try body()
      return .done
    } catch is MistakeElsewhere {
      return .mistake(message: nil)
    } catch  where UserMistake.covers(error) {
      return .mistake(message: "\(error)")
    }
  }
}

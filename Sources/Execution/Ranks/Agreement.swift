import Mistakes

extension Ranks {
  /// Does something on every rank that may meet a mistake of the user, and lets all ranks know.
  ///
  /// If any rank does, no rank goes on: the one of the lowest number throws its mistake, the others throw
  /// ``MistakeElsewhere``. Errors of other kinds pass at once. Every rank must call this.
  public func agree<Result>(_ body: () throws -> Result) throws -> Result {
    var mistake: (any UserError)?
    var result: Result?
    do {
      result = try body()
    } catch let error as any UserError {
      mistake = error
    }
    let first = try minimum(mistake == nil ? count : rank)
    if first == count, let result { return result }
    hasAgreedOnMistake = true
    if first == rank, let mistake { throw mistake }
    throw MistakeElsewhere()
  }

  /// Ends the command on all ranks if any of them has a complaint; the one of the lowest number tells it.
  ///
  /// Every rank must call this.
  ///
  /// - Throws: ``CommonFailure`` on all ranks.
  public func fail(together complaint: String?) throws {
    let first = try minimum(complaint == nil ? count : rank)
    guard first < count else { return }
    throw CommonFailure(message: first == rank ? complaint : nil)
  }
}

extension Ranks {
  /// Does something whose errors this rank may meet alone, so that they end all ranks at once.
  ///
  /// A mistake of the user that only this rank met, such as a directory that cannot be written to, becomes a
  /// ``LocalFailure``: the other ranks, which know nothing of it, cannot end in order. ``CommonFailure`` passes as it is.
  public func alone<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as any UserError {
      throw LocalFailure(description: error.description)
    }
  }
}

/// A failure of this rank alone, which the other ranks do not know of.
public struct LocalFailure: Error, CustomStringConvertible {
  /// What has failed, in one line.
  public let description: String
}

/// A failure that is not the user's and that all ranks throw together, so that they can end in order.
public struct CommonFailure: Error {
  /// What has failed, on the one rank that is to print it.
  public var message: String?

  /// Makes the failure; `message` is nil on all ranks but one.
  public init(message: String?) {
    self.message = message
  }
}

/// Another rank has met, and tells, a mistake of the user.
public struct MistakeElsewhere: Error {
  /// Makes the error.
  public init() {}
}

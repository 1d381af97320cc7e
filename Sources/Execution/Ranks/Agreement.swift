import Mistakes

extension Ranks {
  /// Does something on every rank that may meet a mistake of the user, and lets all ranks know.
  ///
  /// If any rank does, no rank goes on: the one of the lowest number throws its mistake, the others throw
  /// ``MistakeElsewhere``. Where not all ranks meet the same mistake, as with a file that one host lacks, the mistake tells
  /// which do. Errors of other kinds pass at once. Every rank must call this.
  public func agree<Result>(_ body: () throws -> Result) throws -> Result {
    try agree(namesRanks: true, body)
  }

  /// Does something on the coordinator alone that may meet a mistake of the user, and lets all ranks know.
  ///
  /// If it does, no rank goes on: the coordinator throws its mistake, the others throw ``MistakeElsewhere``. Every rank
  /// must call this.
  ///
  /// - Returns: the coordinator's result; nil on all other ranks.
  @discardableResult
  package func agreeOnCoordinator<Result>(_ body: () throws -> Result) throws -> Result? {
    try agree(namesRanks: false) { isCoordinator ? try body() : nil }
  }

  /// As ``agree(_:)``; `namesRanks` is whether a mistake is told with the ranks that met it, if these are not all.
  package func agree<Result>(namesRanks: Bool, _ body: () throws -> Result) throws -> Result {
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
    let place = namesRanks && count > 1 ? try place(of: mistake?.description) : nil
    if first == rank, let mistake {
      guard let place else { throw mistake }
      throw UserMistake("\(place): \(mistake)")
    }
    throw MistakeElsewhere()
  }

  /// Which ranks have met a mistake, such as "on rank 1 (node2)"; nil if all have met the same.
  ///
  /// Every rank must call this, after one of them has met a mistake.
  private func place(of mistake: String?) throws -> String? {
    let mistakes = try allGather(Array((mistake ?? "").utf8))
    guard Set(mistakes).count > 1 else { return nil }
    let hosts = try hosts()
    let first = mistakes.firstIndex { !$0.isEmpty } ?? 0
    // Others may have met another mistake than the one that is told.
    let alike = mistakes.indices.filter { mistakes[$0] == mistakes[first] }
    guard alike.count > 1 else { return "on rank \(first) (\(hosts[first]))" }
    var names: [String] = []
    for rank in alike where !names.contains(hosts[rank]) { names.append(hosts[rank]) }
    let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    return "on \(alike.count) of \(count) ranks (\(shown))"
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

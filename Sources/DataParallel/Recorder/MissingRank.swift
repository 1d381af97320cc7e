/// A rank that others wait for in vain, and the line that says so.
struct MissingRank {
  /// What is wrong with it.
  enum Fault: String {
    /// Its process is gone.
    case dead
    /// It has ended in order, while others need it.
    case left
    /// Its process does not run.
    case stopped
    /// Its process runs, but it makes no progress.
    case hanging
  }

  /// The rank's number.
  var rank: Int
  /// The name of its host.
  var host: String
  /// What is wrong.
  var fault: Fault
  /// Whether a signal has stopped it, as far as the system says.
  var isStoppedBySignal: Bool
  /// What it says of itself.
  var record: RankRecord
  /// For how long it has not moved.
  var seconds: Double

  /// The line for standard error.
  ///
  /// - Parameters:
  ///   - own: the record of the rank that tells.
  ///   - othersCount: how many ranks are not missing.
  func line(toldBy own: RankRecord, othersCount: Int) -> String {
    let name = "rank \(rank) (\(host))"
    guard fault != .dead, let number = own.waitsFor else {
      let others = othersCount == 1 ? "the other rank ends" : "the other \(othersCount) ranks end"
      return "\(name) has died \(record.place()); \(others)"
    }
    let awaited = own.words(collective: number)
    let known = own.collective(number)?.activity
    let hasEntered = record[.entered] > UInt64(number)
    let lack = hasEntered ? "has not done its part of" : "has not entered"
    let waiting = othersCount == 1 ? "1 rank waits" : "\(othersCount) ranks wait"
    if fault == .left { return "\(name) \(lack) \(awaited): it has ended in order; \(waiting)" }
    let reason =
      switch fault {
      case .stopped where isStoppedBySignal: ", stopped by a signal"
      case .stopped: ", and its process does not run"
      default: ""
      }
    return
      "\(name) \(lack) \(awaited); it is \(record.place(known: known)) for \(Self.text(seconds: seconds))\(reason); \(waiting)"
  }

  /// A time as it is told: `31 s`.
  static func text(seconds: Double) -> String {
    seconds < 9.95 ? "\((seconds * 10).rounded() / 10) s" : "\(Int(seconds.rounded())) s"
  }
}

import Foundation

/// The ranks on this machine, as far as the system lists processes: mpirun's children.
struct RankProcesses {
  /// The ranks that have been seen, each with its number.
  private var seen: [ListedProcess: Int?] = [:]
  /// When the last one had ended, as long as none is left.
  private var allEnded: ContinuousClock.Instant?
  /// Whether one that has ended still waits for mpirun to ask for its status.
  private var hasZombie = false
  private var lastUpdate: ContinuousClock.Instant?
  /// How the first rank was ended that a signal has ended, as long as mpirun has not asked for its status.
  private(set) var death: String?

  /// Looks again, twice a second and more often at the beginning.
  mutating func update(childrenOf parent: pid_t, program: String) {
    let now = ContinuousClock.now
    if let lastUpdate, lastUpdate.duration(to: now) < .milliseconds(seen.isEmpty ? 40 : 500) { return }
    lastUpdate = now
    // The system keeps the first 15 bytes of a name.
    let name = (program as NSString).lastPathComponent.prefix(15)
    let children = ProcessTable.children(of: parent).filter { $0.name == name }
    for child in children where seen[child.process] == nil {
      seen[child.process] = .some(ProcessTable.rank(of: child.process))
    }
    hasZombie = children.contains(where: \.hasEnded)
    if !seen.isEmpty, !children.contains(where: { !$0.hasEnded }) {
      allEnded = allEnded ?? now
    } else {
      allEnded = nil
    }
    for child in children where child.hasEnded && death == nil {
      guard let status = child.status, status & 0x7F != 0 else { continue }
      let number = (seen[child.process] ?? nil).map { "rank \($0)" } ?? "a rank"
      let signal = status & 0x7F
      let cause = SignalName.cause(signal).map { ": \($0)" } ?? ""
      death = "\(number) on \(HostFile.hostName): killed by \(SignalName.text(signal))\(cause)"
    }
  }

  /// Since when no rank is left; nil while one runs, or where that means nothing, since others run on other hosts.
  func goneSince(isLocal: Bool) -> ContinuousClock.Instant? {
    isLocal || hasZombie ? allEnded : nil
  }

  /// Ends the ranks that still run, at once.
  func kill() {
    for process in seen.keys where ProcessTable.runs(process) {
      Foundation.kill(process.identifier, SIGKILL)
    }
  }

  /// Gives the ranks that are left without mpirun three seconds to notice, and then ends them.
  func endRest() {
    let deadline = ContinuousClock.now + .seconds(3)
    while seen.keys.contains(where: ProcessTable.runs), ContinuousClock.now < deadline {
      Thread.sleep(forTimeInterval: 0.05)
    }
    kill()
  }
}

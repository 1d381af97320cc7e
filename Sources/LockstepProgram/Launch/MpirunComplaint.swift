/// What mpirun has to complain of, in one of its blocks or lines.
package enum MpirunComplaint: Equatable {
  /// So many slots were asked for, and there are fewer.
  case slots(asked: Int)
  /// The host file cannot be opened or understood.
  case hostFile(path: String)
  /// There is no host to start on.
  case noHosts
  /// Some host did not start mpirun's daemon.
  case daemonsNotStarted
  /// The program by which hosts are reached, ssh as a rule, is not there.
  case remoteShellMissing(name: String)
  /// What that program said.
  case remoteShell(String)
  /// A host no longer answers.
  case lostHost(String)
  /// The executable is missing on a host, or may not be executed there.
  case executable(path: String, host: String)
  /// The executable is there, and the system does not start it.
  case execution(path: String, host: String, reason: String)
  /// A host does not have the working directory.
  case workingDirectory(path: String, host: String)
  /// A signal ended a rank.
  case killed(rank: Int, host: String, signal: Int32)
  /// A rank ended with a status other than 0.
  case ended(rank: Int, status: Int32)
  /// A rank ended all ranks.
  case aborted(rank: Int, status: Int32)
  /// An error within Open MPI, which mostly follows from another one.
  case internalError(String)
  /// Something else, in mpirun's words.
  case other(String)

  /// Whether the user has to mend something, rather than the run has met with something.
  package var isMistake: Bool {
    switch self {
    case .slots, .hostFile, .noHosts, .executable, .execution, .workingDirectory, .remoteShellMissing: true
    default: false
    }
  }

  /// Whether ranks were ended by what nobody asked for.
  package var isDeath: Bool {
    switch self {
    case .lostHost, .killed, .daemonsNotStarted: true
    default: false
    }
  }

  /// Whether all ranks end after it.
  package var isEnd: Bool {
    switch self {
    case .ended, .aborted: true
    default: isDeath
    }
  }

  /// Reads the lines of a block, between its rules; nil for a block that another one makes superfluous.
  ///
  /// - Parameter lines: as mpirun of Open MPI 4.1 writes them.
  package init?(block lines: [String]) {
    let text = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
    func value(_ name: String) -> String {
      for line in lines {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[0].trimming == name { return String(parts[1].trimming) }
      }
      return ""
    }
    /// The first line that is set in, where only one thing stands.
    var indented: String {
      lines.first { $0.hasPrefix(" ") || $0.hasPrefix("\t") }.map { String($0.trimming) } ?? ""
    }

    if text.hasPrefix("Primary job terminated normally, but") || text.contains("FORCE-TERMINATE AT")
      || text.contains("how to route a message to the specified daemon")
    {
      return nil
    } else if let match = text.firstMatch(of: /not enough slots available in the system to satisfy the (\d+)/)
    {
      self = .slots(asked: Int(match.1) ?? 0)
    } else if text.hasPrefix("Open RTE was unable to open the hostfile") {
      self = .hostFile(path: indented)
    } else if text.hasPrefix("Open RTE detected a parse error in the hostfile")
      || text.hasPrefix("Open RTE detected a bad parameter in the hostfile")
    {
      self = .hostFile(path: indented)
    } else if text.hasPrefix("No nodes are available for this job") {
      self = .noHosts
    } else if text.hasPrefix("ORTE was unable to reliably start one or more daemons") {
      self = .daemonsNotStarted
    } else if text.contains("\"plm_rsh_agent\" was set to a path that could not be found") {
      self = .remoteShellMissing(name: value("plm_rsh_agent"))
    } else if let match = text.firstMatch(
      of: /lost communication with a remote daemon.*Remote daemon: \S+ on node (\S+)/)
    {
      self = .lostHost(String(match.1))
    } else if text.contains("could not access or execute an executable") {
      self = .executable(path: value("Executable"), host: value("Node"))
    } else if text.contains("fork a new process via the \"execve\" system call") {
      self = .execution(path: value("Application name"), host: value("Local host"), reason: value("Error"))
    } else if text.contains("could not change to the specified working directory") {
      self = .workingDirectory(path: value("Working directory"), host: value("Node"))
    } else if text.hasPrefix("mpirun was unable to start the specified application") {
      // What follows the block above.
      return nil
    } else if let match = text.firstMatch(
      of: /noticed that process rank (\d+) with PID \d+ on node (\S+) exited on signal (\d+)/)
    {
      self = .killed(rank: Int(match.1) ?? 0, host: String(match.2), signal: Int32(match.3) ?? 0)
    } else if let match = text.firstMatch(
      of: /exited with non-zero status.*Process name: \[\[\d+,\d+\],(\d+)\] Exit code: (\d+)/)
    {
      self = .ended(rank: Int(match.1) ?? 0, status: Int32(match.2) ?? 1)
    } else if let match = text.firstMatch(of: /MPI_ABORT was invoked on rank (\d+).*with errorcode (-?\d+)/) {
      self = .aborted(rank: Int(match.1) ?? 0, status: Int32(match.2) ?? 1)
    } else {
      self = .other(String(text.prefix(400)))
    }
  }

  /// Reads a line outside of blocks.
  ///
  /// - Returns: nil for a line of a rank; an empty list for one of mpirun's that tells nothing.
  static func ofLine(_ line: String) -> [MpirunComplaint]? {
    if line.hasPrefix("mpirun: Forwarding signal") { return [] }
    if line.contains("sent help message help-") || line.contains("orte_base_help_aggregate") { return [] }
    // The reader of standard output has gone, as `head` does.
    if line.contains("mpirun: SIGPIPE detected") || line.hasPrefix("mpirun: abort is already in progress") {
      return []
    }
    if line.contains("FORCE-TERMINATE AT") || line == "input in flex scanner failed" { return [] }
    if line.hasPrefix("["), line.contains("PMIX ERROR:") || line.contains("ORTE_ERROR_LOG:") {
      return [.internalError(line)]
    }
    if line.wholeMatch(of: /[\w.\/-]*(ssh|rsh): .*/) != nil || line.contains("orted: command not found")
      || line.contains(": Permission denied (") || line.hasPrefix("Host key verification failed")
    {
      return [.remoteShell(line)]
    }
    return nil
  }
}

extension StringProtocol {
  /// Without white space at either end.
  fileprivate var trimming: SubSequence {
    let tail = drop(while: \.isWhitespace)
    guard let last = tail.lastIndex(where: { !$0.isWhitespace }) else { return tail[tail.endIndex...] }
    return tail[...last]
  }
}

import DataParallel
import Foundation

/// What a complaint means for the launch at hand: what was asked for, and what was there.
package struct ComplaintContext {
  /// How many ranks were asked for; nil where mpirun decides.
  package var ranks: Int?
  /// The host file.
  package var hostFile: HostFile?
  /// The batch system's allocation.
  package var allocation: Allocation?
  /// Whether a rank has printed its reason already.
  package var rankHasSpoken = false
  /// The signal that asked the ranks to stop.
  package var request: Int32?
  /// Whether a process of this machine was ended for want of memory meanwhile.
  package var ranOutOfMemory = false
  /// Tells of hosts that are not reached, a text for each; asked only where that is the question.
  package var unreachedHosts: () -> [String] = { [] }

  /// Makes the context of a launch.
  package init(ranks: Int?, hostFile: HostFile? = nil, allocation: Allocation? = nil) {
    (self.ranks, self.hostFile, self.allocation) = (ranks, hostFile, allocation)
  }
}

extension MpirunComplaint {
  /// The complaint in one line; nil where a rank has given its reason, or another line tells more.
  package func message(_ context: ComplaintContext) -> String? {
    switch self {
    case .slots(let asked):
      return slotsMessage(asked: asked, context)
    case .hostFile(let path):
      return "--hostfile \(path): cannot be read; expected lines such as: node1 slots=4"
    case .noHosts:
      return "no host to start on; a host file needs lines such as: node1 slots=4"
    case .daemonsNotStarted:
      let hosts = context.unreachedHosts()
      if !hosts.isEmpty { return hosts.joined(separator: "; ") }
      return
        "a host did not start mpirun's daemon (orted): Open MPI is needed at the same path on all hosts, "
        + "the same version, and a network by which they reach this one"
    case .remoteShellMissing(let name):
      let program = name.isEmpty || name == "ssh : rsh" ? "ssh" : name
      return "\(program): no such program, but hosts are reached by it; install it, or name another one "
        + "in the variable OMPI_MCA_plm_rsh_agent"
    case .remoteShell, .internalError:
      return nil
    case .lostHost(let host):
      return
        "\(host): does not answer any more (host or network failed, or mpirun's daemon was ended there); "
        + "all ranks are ended"
    case .executable(let path, let host):
      return executableMessage(path, host)
    case .execution(let path, let host, let reason):
      return "\(path): cannot be executed on \(host): \(reason); it must be built for that processor"
    case .workingDirectory(let path, let host):
      return "\(path): the working directory is missing on \(host); all hosts need it at the same path"
    case .killed(let rank, let host, let signal):
      return killedMessage(rank, host, signal, context)
    case .ended(let rank, let status):
      // Ranks that stop on request say so among their other output.
      if context.rankHasSpoken || status == ExitStatus.stopped { return nil }
      return "rank \(rank)\(place(context)): ended with status \(status), without a word"
    case .aborted(let rank, let status):
      return context.rankHasSpoken
        ? nil : "rank \(rank)\(place(context)): ended all ranks with status \(status), without a word"
    case .other(let words):
      return "mpirun: \(words)"
    }
  }

  /// What is told only where nothing else is.
  var aside: String? {
    switch self {
    case .remoteShell(let words), .internalError(let words): words
    default: nil
    }
  }

  /// The host of a rank, where there is only one.
  private func place(_ context: ComplaintContext) -> String {
    context.hostFile == nil && context.allocation == nil ? " on \(HostFile.hostName)" : ""
  }

  private func slotsMessage(asked: Int, _ context: ComplaintContext) -> String {
    if let file = context.hostFile {
      let slots = file.slots.map { "has \(counted($0, "slot")) on \(counted(file.hosts.count, "host"))" }
      return "-n \(asked): more ranks than the host file has slots: \(file.path) \(slots ?? "has fewer"); "
        + "give fewer ranks, or more slots in lines such as: node1 slots=4"
    }
    if let allocation = context.allocation {
      let tasks = allocation.tasks.map { "is for \(counted($0, "task"))" } ?? "has fewer slots"
      return "-n \(asked): more ranks than the job has slots: the allocation of \(allocation.system) \(tasks)"
    }
    return "-n \(asked): more ranks than mpirun has slots"
  }

  private func executableMessage(_ path: String, _ host: String) -> String {
    let isHere = HostFile.isThisMachine(host)
    if isHere, FileManager.default.fileExists(atPath: path) {
      return "\(path): may not be executed on \(host)"
    }
    let rest = isHere ? "" : "; all hosts need the program at the same path"
    return FileManager.default.isExecutableFile(atPath: path)
      ? "\(path): is missing on \(host), or may not be executed there\(rest)"
      : "\(path): no such program on \(host)\(rest)"
  }

  private func killedMessage(
    _ rank: Int, _ host: String, _ signal: Int32, _ context: ComplaintContext
  ) -> String {
    let who = "rank \(rank) on \(host): "
    if let request = context.request, [SIGUSR1, SIGTERM, SIGINT, SIGHUP].contains(signal) {
      return who + "ended by \(SignalName.name(request)), with nothing saved"
    }
    var cause = SignalName.cause(signal)
    if signal == SIGKILL, context.ranOutOfMemory, HostFile.isThisMachine(host) {
      cause = "out of memory"
    }
    return who + "killed by \(SignalName.text(signal))" + (cause.map { ": \($0)" } ?? "")
  }
}

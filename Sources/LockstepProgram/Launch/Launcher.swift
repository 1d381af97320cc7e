import DataParallel
import Foundation
import Mistakes

/// Starts ranks by mpirun, says what becomes of them, and starts them again where that was asked for.
struct Launcher {
  private let options: LaunchOptions
  private let environment: [String: String]
  private let allocation: Allocation?
  private let hostFile: HostFile?
  private let directory: LaunchDirectory?
  private let requests: StopRequests

  /// Looks at what is to be started.
  ///
  /// - Throws: `UserMistake` for what is seen to be wrong before a start.
  init(_ options: LaunchOptions) throws {
    // First of all, as long as there is one thread.
    requests = StopRequests()
    self.options = options
    environment = BareEnvironment.completed(ProcessInfo.processInfo.environment)
    allocation = options.hostFile == nil ? Allocation(environment: environment) : nil
    hostFile = try options.hostFile.map { path throws(UserMistake) in try HostFile(contentsOf: path) }
    if options.maxRestarts > 0, options.output == nil {
      throw UserMistake(
        "--max-restarts \(options.maxRestarts): needs --output DIR among the command's arguments, where a restart finds the checkpoints"
      )
    }
    if let hostFile, let slots = hostFile.slots, let ranks = options.ranks, ranks > slots {
      throw UserMistake(
        MpirunComplaint.slots(asked: ranks).message(ComplaintContext(ranks: ranks, hostFile: hostFile)) ?? "")
    }
    directory = LaunchDirectory(below: environment["TMPDIR"] ?? "/tmp")
  }

  /// Runs the command to its end, restarts included.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    defer { directory?.remove() }
    var ranks = options.ranks ?? (allocation == nil ? 1 : allocation?.tasks)
    let asked = ranks
    var hosts = hostFile
    var command = options.command
    var restarts = 0
    while true {
      let result = try start(command, ranks: ranks, hosts: hosts)
      guard result.status == ExitStatus.failure, result.request == nil, restarts < options.maxRestarts else {
        if result.status == ExitStatus.failure, result.request == nil, options.maxRestarts > 0 {
          printOnStandardError("given up after \(counted(restarts, "restart")) (--max-restarts)")
        }
        return result.status
      }
      restarts += 1
      if let all = hostFile, let wanted = asked {
        let failures = HostProbe(environment: environment).failures(all.hosts)
        let left = all.without(Set(failures.map(\.host)))
        hosts = left
        ranks = min(wanted, left.slots ?? wanted)
        let fewest = options.minRanks ?? wanted
        if left.hosts.isEmpty || (ranks ?? 0) < fewest {
          printOnStandardError(
            "no restart: \(failures.map(\.reason).joined(separator: "; ")); the other hosts have slots for "
              + "\(counted(left.hosts.isEmpty ? 0 : ranks ?? 0, "rank")), --min-ranks asks for \(fewest)")
          return result.status
        }
      }
      let seconds = min(60, 1 << (restarts - 1))
      let without = Set(hostFile?.hosts.map(\.name) ?? []).subtracting(hosts?.hosts.map(\.name) ?? [])
        .sorted()
      printOnStandardError(
        "restart \(restarts) of \(options.maxRestarts) in \(counted(seconds, "second")), "
          + (ranks.map { "on \(counted($0, "rank"))" } ?? "")
          + (without.isEmpty ? "" : " without \(without.joined(separator: ", "))")
          + ", from the newest checkpoint")
      guard wait(seconds: Double(seconds)) else {
        printOnStandardError("asked to stop before the restart; the newest checkpoint stays")
        return result.status
      }
      command = options.resumedCommand
    }
  }

  /// Waits for a restart.
  ///
  /// - Returns: whether nobody asked to stop meanwhile.
  private func wait(seconds: Double) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      if !requests.next().isEmpty { return false }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return true
  }

  /// Starts the ranks once, and says what became of them.
  private func start(_ command: [String], ranks: Int?, hosts: HostFile?) throws -> Supervision.Result {
    let arguments = MpirunArguments(
      ranks: ranks, hostFile: hosts, allocation: allocation, cores: AvailableCores.count,
      environment: environment)
    var path = options.hostFile
    if let hosts, hosts != hostFile, let directory {
      path = "\(directory.path)/hosts"
      try Data(hosts.text.utf8).write(to: URL(fileURLWithPath: path ?? ""))
    }
    // The first ranks run here where this machine is one of the hosts: as Slurm starts a batch job, for one.
    let hasFirstRank = hosts?.namesThisMachine ?? true
    directory?.clear()
    var environment = environment
    let watched = hasFirstRank && options.startsMPI ? directory : nil
    if hasFirstRank, let directory { environment[LaunchDirectory.variable] = directory.endingPath }
    let kills = ControlGroup.outOfMemoryKills
    var supervision = Supervision(
      words: arguments.words(hostFilePath: path) + [options.program] + command, program: options.program,
      environment: environment, directory: watched,
      startTimeout: watched == nil ? nil : .seconds(options.startTimeoutSeconds),
      isLocal: arguments.isLocal
    ) { complaint, rankHasSpoken, request in
      var context = ComplaintContext(ranks: ranks, hostFile: hosts, allocation: allocation)
      (context.rankHasSpoken, context.request) = (rankHasSpoken, request)
      if let kills, let now = ControlGroup.outOfMemoryKills { context.ranOutOfMemory = now > kills }
      context.unreachedHosts = {
        HostProbe(environment: environment).failures(hosts?.hosts ?? []).map(\.reason)
      }
      return complaint.message(context)
    }
    let result: Supervision.Result
    do {
      result = try supervision.run(requests)
    } catch let failure as ChildProcess.Failure {
      let reason =
        failure.reason == ENOENT
        ? "no such program; install Open MPI" : String(cString: strerror(failure.reason))
      throw UserMistake("mpirun: \(reason)")
    }
    tell(result)
    return result
  }

  /// Says how a start ended that nothing else has told of.
  private func tell(_ result: Supervision.Result) {
    switch result.ending {
    case .signal(let signal)? where !result.wasStuck:
      if result.request == nil || result.status != 3 {
        printOnStandardError("mpirun was killed by \(SignalName.text(signal)); all ranks are ended")
      }
    case .status(let status)?
    where !(0...3).contains(status) && result.complaints.isEmpty && !result.wasStuck:
      printOnStandardError("mpirun ended with status \(status), without a word")
    default:
      for case .remoteShell(let words) in result.complaints
      where !result.complaints.contains(.daemonsNotStarted) {
        printOnStandardError(words)
      }
    }
    if let request = result.request, result.status == ExitStatus.failure {
      printOnStandardError("ended by \(SignalName.name(request)), without a checkpoint of this step")
    }
  }
}

import DataParallel
import Foundation
import Inputs
import Mistakes
import Reports

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
    var environment = BareEnvironment.completed(ProcessInfo.processInfo.environment)
    environment[Terminal.variable] = Terminal.columns(environment: environment).map(String.init)
    self.environment = environment
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
    guard Self.isFound("mpirun") else {
      throw UserMistake("mpirun: no such program in the directories of PATH; install Open MPI")
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
      ranks: ranks, hostFile: hosts, allocation: allocation, cores: ProcessorCount.available,
      environment: environment)
    var path = options.hostFile
    if let hosts, hosts != hostFile, let directory {
      path = "\(directory.path)/hosts"
      try Data(hosts.text.utf8).write(to: URL(fileURLWithPath: path ?? ""))
    }
    // The first ranks run here where this machine is one of the hosts; otherwise they have no way to tell of their start.
    let hasFirstRank = hosts?.namesThisMachine ?? allocation?.beginsHere ?? true
    directory?.clear()
    var environment = environment
    let watched = hasFirstRank && options.startsMPI ? directory : nil
    if hasFirstRank, let directory { environment[LaunchDirectory.variable] = directory.endingPath }
    let kills = ControlGroup.outOfMemoryKills
    var supervision = Supervision(
      words: Self.endingWithThisProcess + arguments.words(hostFilePath: path) + [options.program] + command,
      program: options.program,
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
      throw UserMistake("mpirun: \(String(cString: strerror(failure.reason)))")
    }
    tell(result)
    return result
  }

  /// What makes the system end mpirun where this process is killed; without it mpirun would go on.
  private static var endingWithThisProcess: [String] {
    Self.isFound("setpriv") ? ["setpriv", "--pdeathsig", "TERM"] : []
  }

  /// Whether a program is found along PATH.
  private static func isFound(_ name: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
  }

  /// What becomes of ranks on other machines without mpirun.
  private static let othersEnd = "those on others within some seconds by mpirun's daemons there"

  /// Whether all ranks run on this machine.
  private var isLocal: Bool { hostFile == nil && allocation == nil }

  /// Whether a line has told how a start ended.
  private func isTold(_ result: Supervision.Result) -> Bool {
    result.wasStuck || result.request != nil || result.rankHasSpoken || result.status == ExitStatus.stopped
      || result.complaints.contains { $0.aside == nil }
  }

  /// Says how a start ended that nothing else has told of.
  private func tell(_ result: Supervision.Result) {
    if case .signal(let signal)? = result.ending, !result.wasStuck, result.status != ExitStatus.stopped {
      let ranks = isLocal ? "all ranks are ended" : "all ranks on this machine are ended, \(Self.othersEnd)"
      printOnStandardError("mpirun was killed by \(SignalName.text(signal)); \(ranks)")
    } else if case .status(let status)? = result.ending, status != ExitStatus.done, !isTold(result) {
      // What else mpirun or ssh have said is all that there is.
      let asides = result.complaints.compactMap(\.aside)
      asides.forEach(printOnStandardError)
      if asides.isEmpty {
        // Ranks that are slow to end keep mpirun from naming the first one that did.
        let signal = status > 128 ? status - 128 : 0
        let cause = SignalName.cause(signal).map { ": \($0)" } ?? ""
        printOnStandardError(
          signal > 0
            ? "a rank was killed by \(SignalName.text(signal))\(cause)"
            : "a rank ended with status \(status), without a word")
      }
    }
    if let request = result.request, result.status == ExitStatus.failure,
      !result.wasEndedAtOnce, !result.complaints.contains(where: \.isEnd)
    {
      printOnStandardError("ended by \(SignalName.name(request)), without a checkpoint of the last step")
    }
  }
}

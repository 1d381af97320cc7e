import DataParallel
import Foundation

/// One start of the ranks by mpirun, watched until all of them have ended.
struct Supervision {
  /// How a start ended.
  struct Result {
    /// The exit status for the caller.
    var status: Int32 = ExitStatus.failure
    /// The first signal that asked the ranks to stop.
    var request: CInt?
    /// Whether a rank has given its reason.
    var rankHasSpoken = false
    /// What mpirun complained of.
    var complaints: [MpirunComplaint] = []
    /// Whether it was ended because nothing went on.
    var wasStuck = false
    /// Whether a second request has ended it.
    var wasEndedAtOnce = false
    /// How mpirun ended.
    var ending: ChildProcess.Ending?
  }

  /// The words of mpirun and of the program.
  let words: [String]
  /// The program's path.
  let program: String
  let environment: [String: String]
  /// Where rank 0 shows how far it has come.
  private let line: TerminalLine
  /// Where rank 0 tells how far it has come; nil where it does not run on this machine.
  let directory: LaunchDirectory?
  /// The time in which MPI must have started; nil for no limit.
  let startTimeout: Duration?
  /// Whether all ranks run on this machine.
  let isLocal: Bool
  /// Puts a complaint into words; nil for one that needs none after a rank has given its reason.
  let describe: (MpirunComplaint, _ rankHasSpoken: Bool, _ request: CInt?) -> String?

  private var result = Result()
  private var stop = StopTimes()
  private var ranks = RankProcesses()
  private var deathTold: ContinuousClock.Instant?

  /// When this process did what to end the others.
  private struct StopTimes {
    var heldRequest: ContinuousClock.Instant?
    var end: ContinuousClock.Instant?
    var killedRanks = false
    var killed = false
  }

  init(
    words: [String], program: String, environment: [String: String], directory: LaunchDirectory?,
    startTimeout: Duration?, isLocal: Bool,
    describe: @escaping (MpirunComplaint, _ rankHasSpoken: Bool, _ request: CInt?) -> String?
  ) {
    (self.words, self.program, self.environment, self.directory) = (words, program, environment, directory)
    line = TerminalLine(environment: environment)
    (self.startTimeout, self.isLocal, self.describe) = (startTimeout, isLocal, describe)
  }

  /// How long a request waits for ranks that have not started yet.
  private static let longestHold = Duration.seconds(10)
  /// mpirun takes 1 + 3 s to end ranks after the death of one, and at most 6 s.
  private static let longestSilence = Duration.seconds(8)
  /// How long mpirun may take after it has told of a death, until ranks on other hosts are ended, too.
  private static let longestEnd = Duration.seconds(20)

  /// Starts mpirun, passes on what asks it to stop, and returns when it has ended and nothing is left on this machine.
  ///
  /// - Throws: `ChildProcess.Failure` if mpirun cannot be started.
  mutating func run(_ requests: StopRequests) throws -> Result {
    let child = try ChildProcess(words, environment: environment)
    defer { close(child.errors) }
    let start = ContinuousClock.now
    var hasStarted = directory == nil
    var output = MpirunOutput(program: (program as NSString).lastPathComponent)
    var lastBytes = start
    while true {
      let ended = child.ending()
      if let ended { result.ending = ended }
      while let bytes = child.read(within: ended == nil ? 0.05 : 0) {
        lastBytes = .now
        hand(on: output.read(bytes))
        if ended == nil { break }
      }
      if ended != nil || output.isWaiting && lastBytes.duration(to: .now) > .milliseconds(300) {
        hand(on: output.flush())
      }
      if ended != nil { break }

      if !hasStarted { hasStarted = directory?.hasStarted ?? true }
      for signal in requests.next() { request(signal, child, hasStarted: hasStarted) }
      if let held = stop.heldRequest {
        if hasStarted {
          stop.heldRequest = nil
          child.send(SIGUSR1)
        } else if held.duration(to: .now) > Self.longestHold {
          stop.heldRequest = nil
          end(child)
        }
      }
      ranks.update(childrenOf: child.identifier, program: program)
      if stop.end == nil { watch(child, start: start, hasStarted: hasStarted) }
      force(child)
    }
    ranks.endRest()
    line.finish()
    result.status = status
    return result
  }

  /// Passes a request on; a second one ends all at once.
  private mutating func request(_ signal: CInt, _ child: ChildProcess, hasStarted: Bool) {
    guard result.request == nil else {
      if stop.end == nil {
        line.beginErrors()
        printOnStandardError(
          "\(SignalName.name(signal)), the second request to stop: all ranks are ended at once, without a checkpoint"
        )
        result.wasEndedAtOnce = true
        end(child)
      }
      return
    }
    result.request = signal
    // Before MPI runs mpirun or a rank would die of the signal.
    if hasStarted { child.send(SIGUSR1) } else { stop.heldRequest = .now }
  }

  /// Ends all ranks: asks mpirun, once, since a second time makes it leave them behind.
  private mutating func end(_ child: ChildProcess) {
    guard stop.end == nil else { return }
    stop.end = .now
    child.send(SIGTERM)
  }

  /// Ends by force what does not follow.
  private mutating func force(_ child: ChildProcess) {
    guard let end = stop.end else { return }
    let waited = end.duration(to: .now)
    if !stop.killedRanks, waited > .seconds(1) {
      stop.killedRanks = true
      ranks.kill()
    }
    if !stop.killed, waited > (result.wasStuck ? .seconds(2) : .seconds(10)) {
      stop.killed = true
      child.send(SIGKILL)
    }
  }

  /// Notices that nothing goes on, and ends it.
  private mutating func watch(_ child: ChildProcess, start: ContinuousClock.Instant, hasStarted: Bool) {
    var reason: String?
    if let since = ranks.goneSince(isLocal: isLocal), since.duration(to: .now) > Self.longestSilence {
      reason = "no rank is left on this machine, but mpirun goes on waiting: ended"
      if deathTold == nil, let death = ranks.death {
        reason = "\(death), and mpirun goes on waiting: ended"
      }
    } else if let deathTold, deathTold.duration(to: .now) > Self.longestEnd {
      reason = "mpirun does not come to an end after the death of a rank: ended"
    } else if let startTimeout, !hasStarted, start.duration(to: .now) > startTimeout {
      let seconds = Double(startTimeout.components.seconds)
      reason =
        "MPI has not started on all ranks within \(seconds.formatted()) seconds: ended; a slow start needs --start-timeout"
    }
    guard let reason else { return }
    line.beginErrors()
    printOnStandardError(reason)
    result.wasStuck = true
    end(child)
  }

  private mutating func hand(on parts: [MpirunOutput.Part]) {
    for part in parts {
      switch part {
      case .rank(let bytes):
        let text = String(decoding: bytes, as: UTF8.self)
        let name = (program as NSString).lastPathComponent
        result.rankHasSpoken =
          result.rankHasSpoken
          || text.split(separator: "\n").contains {
            $0.hasPrefix("\(name): ") && !$0.hasPrefix("\(name): warning")
          }
        line.beginErrors()
        FileHandle.standardError.write(Data(bytes))
      case .complaint(let complaint):
        result.complaints.append(complaint)
        if complaint.isEnd, deathTold == nil { deathTold = .now }
        // Nobody needs to be told what the ranks that are being ended died of.
        if stop.end == nil, let line = describe(complaint, result.rankHasSpoken, result.request) {
          self.line.beginErrors()
          printOnStandardError(line)
        }
      }
    }
  }

  /// The status for the caller.
  private var status: Int32 {
    if result.complaints.contains(where: \.isMistake) { return ExitStatus.mistake }
    // mpirun tells 1 after a signal to itself, however the ranks have ended.
    if directory?.status == ExitStatus.stopped, !result.complaints.contains(where: \.isDeath) {
      return ExitStatus.stopped
    }
    if result.wasStuck || stop.end != nil { return ExitStatus.failure }
    guard case .status(let status)? = result.ending, (0...3).contains(status) else {
      return ExitStatus.failure
    }
    return result.complaints.contains(where: \.isDeath) ? ExitStatus.failure : status
  }
}

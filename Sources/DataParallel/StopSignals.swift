import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The signals by which batch systems, launchers and people ask a process to stop: SIGTERM, SIGINT and SIGUSR1.
///
/// After ``watch()`` the first one is only taken note of, for the run to stop in order; a second one ends the process at once.
///
/// mpirun passes on SIGUSR1. When it is itself sent SIGTERM or SIGINT, it sends its ranks SIGCONT, some seconds later SIGTERM,
/// and some seconds later SIGKILL: so SIGCONT counts as a request, too, where it comes from the process's parent and the
/// process was not standing still, as one does after SIGSTOP.
public enum StopSignals {
  /// What was asked for.
  public enum Request: Int, Sendable {
    case terminate = 1, interrupt, userSignal
    /// The launcher was told to end the ranks.
    case launcher
  }

  /// The first request that came; nil if there was none.
  public static var request: Request? { Request(rawValue: state.request.load(ordering: .relaxed)) }

  /// Begins to take note of signals, for the rest of the process's life.
  public static func watch() {
    guard !state.isWatching.exchange(true, ordering: .relaxed) else { return }
    state.lastBeat.store(milliseconds(), ordering: .relaxed)
    // Whatever a handler touches is made before.
    _ = FlightRecorder.isStopRequested
    for signal in [SIGTERM, SIGINT, SIGUSR1] {
      var action = sigaction()
      #if canImport(Glibc)
        action.__sigaction_handler.sa_handler = { note($0) }
      #else
        action.__sigaction_u.__sa_handler = { note($0) }
      #endif
      action.sa_flags = SA_RESTART
      sigaction(signal, &action, nil)
    }
    #if canImport(Glibc)
      watchLauncher()
    #endif
  }

  #if canImport(Glibc)
    private static func watchLauncher() {
      var action = sigaction()
      action.__sigaction_handler.sa_sigaction = { _, information, _ in
        if let information { noteContinuation(sender: information.pointee._sifields._kill.si_pid) }
      }
      action.sa_flags = SA_SIGINFO | SA_RESTART
      sigaction(SIGCONT, &action, nil)
      var thread = pthread_t()
      let status = pthread_create(&thread, nil, { _ in beat() }, nil)
      if status == 0 { pthread_detach(thread) }
    }
  #endif
}

// MARK: - Handlers, which may neither allocate nor wait

private final class SignalState: Sendable {
  let isWatching = Atomic(false)
  /// The raw value of the first request; 0 for none.
  let request = Atomic(0)
  /// How many signals came, SIGCONT aside.
  let count = Atomic(0)
  /// When the process was last seen running, in milliseconds.
  let lastBeat = Atomic(0)

  func note(_ request: StopSignals.Request) {
    // Who then waits for ranks of another host in vain ends.
    FlightRecorder.stopRequested()
    _ = self.request.compareExchange(expected: 0, desired: request.rawValue, ordering: .relaxed)
  }
}

// Made before the first handler is installed.
private let state = SignalState()
private let beatMilliseconds = 100

private func note(_ signal: CInt) {
  state.note(signal == SIGTERM ? .terminate : signal == SIGINT ? .interrupt : .userSignal)
  // Who asks twice does not want to wait.
  if state.count.wrappingAdd(1, ordering: .relaxed).newValue > 1 { _exit(1) }
}

private func noteContinuation(sender: pid_t) {
  let silence = milliseconds() - state.lastBeat.load(ordering: .relaxed)
  if sender == getppid(), silence < 5 * beatMilliseconds { state.note(.launcher) }
}

private func beat() -> Never {
  while true {
    state.lastBeat.store(milliseconds(), ordering: .relaxed)
    usleep(useconds_t(1000 * beatMilliseconds))
  }
}

private func milliseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
}

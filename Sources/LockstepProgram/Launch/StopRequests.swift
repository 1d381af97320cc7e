import Foundation

/// The signals by which somebody asks this process to stop: they no longer end it, and can be asked for.
struct StopRequests {
  private var signals: [CInt] = []

  /// Takes SIGTERM, SIGINT, SIGUSR1 and SIGHUP from now on, but for those that whoever started this process has it ignore, as
  /// `nohup` does.
  ///
  /// To be made before the process has further threads, which would be ended in its place.
  init() {
    for signal in [SIGTERM, SIGINT, SIGUSR1, SIGHUP] {
      var action = sigaction()
      sigaction(signal, nil, &action)
      #if canImport(Darwin)
        let handler = unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
      #else
        let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      #endif
      // SIG_IGN is 1 everywhere; Swift does not import it as a number.
      if handler != 1 { signals.append(signal) }
    }
    var set = self.set
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// The signals that have come since the last time.
  func next() -> [CInt] {
    var pending = sigset_t()
    sigemptyset(&pending)
    sigpending(&pending)
    return signals.filter { signal in
      guard sigismember(&pending, signal) == 1 else { return false }
      var one = sigset_t()
      sigemptyset(&one)
      sigaddset(&one, signal)
      var taken: CInt = 0
      return sigwait(&one, &taken) == 0
    }
  }

  private var set: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }
}

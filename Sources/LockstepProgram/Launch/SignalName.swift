import Foundation

/// Signals by name, and what they mostly mean.
enum SignalName {
  /// A signal in words, such as "signal 9 (SIGKILL)".
  static func text(_ signal: CInt) -> String {
    names[signal].map { "signal \(signal) (\($0))" } ?? "signal \(signal)"
  }

  /// The bare name, such as "SIGTERM".
  static func name(_ signal: CInt) -> String { names[signal] ?? "signal \(signal)" }

  /// What ends a process by such a signal, as far as the signal tells.
  static func cause(_ signal: CInt) -> String? {
    switch signal {
    case SIGKILL: "out of memory?"
    case SIGSEGV: "it read or wrote where it has no memory"
    case SIGBUS: "memory that could not be had: is /dev/shm full?"
    case SIGILL:
      "an instruction that this processor does not have, or a check that failed; built on another machine?"
    case SIGTRAP: "a check in the program failed"
    case SIGABRT: "the program gave up"
    case SIGFPE: "an integer division by zero"
    case SIGXCPU: "a limit of processor time"
    case SIGPIPE: "nobody reads its output any more"
    default: nil
    }
  }

  private static let names: [CInt: String] = [
    SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
    SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1",
    SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
    SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
  ]
}

import Foundation

/// A program that was started in a process group of its own, so that what is typed at the terminal does not reach it.
///
/// Its standard input is empty, its standard output is this process's, and its standard error is read by this process.
struct ChildProcess {
  /// How it ended.
  enum Ending: Equatable {
    case status(Int32)
    case signal(Int32)
  }

  /// It cannot be started.
  struct Failure: Error {
    let reason: Int32
  }

  /// Its number.
  let identifier: pid_t
  /// Where its standard error can be read; a read never waits.
  let errors: CInt

  /// Starts a program that is found along PATH.
  ///
  /// - Throws: `Failure` with the system's reason.
  init(_ arguments: [String], environment: [String: String]) throws {
    var ends: [CInt] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure(reason: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)

    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    // mpirun must hear of the ends of its children, and of signals, whatever this process has blocked.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGUSR1] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var child: pid_t = 0
    let result = posix_spawnp(&child, arguments[0], &actions, &attributes, words, variables)
    close(ends[1])
    guard result == 0 else {
      close(ends[0])
      throw Failure(reason: result)
    }
    (identifier, errors) = (child, ends[0])
  }

  /// How the process ended; nil while it runs.
  ///
  /// To be asked until it tells, and not again.
  func ending() -> Ending? {
    var status: CInt = 0
    guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? .status((status >> 8) & 0xFF) : .signal(signal)
  }

  /// The next bytes of standard error, after `seconds` at most; nil if none came.
  func read(within seconds: Double) -> [UInt8]? {
    var descriptor = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, CInt(seconds * 1000)) > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Foundation.read(errors, &buffer, buffer.count)
    if count == 0, seconds > 0 {
      // Nobody holds the other end: the poll would come back at once, again and again.
      Thread.sleep(forTimeInterval: seconds)
    }
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  /// Sends a signal to the process alone.
  func send(_ signal: CInt) {
    kill(identifier, signal)
  }
}

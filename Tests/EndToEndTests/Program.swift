import Foundation

/// A process that was started and has not been waited for.
///
/// What it prints goes to files, which never fill up as pipes do.
final class RunningProgram {
  /// How a process ended, and what it printed.
  struct Ending {
    var status: Int32
    var output: String
    /// What it printed on standard error, all of it.
    var allErrors: String
    /// The same without the warning that ranks share cores, as these tests let them.
    var errors: String {
      allErrors.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !isCrowdingWarning(String($0)) }.joined(separator: "\n")
    }
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  /// A process did not end in time.
  struct Timeout: Error, CustomStringConvertible {
    let description: String
  }

  /// The number of the process.
  var processIdentifier: pid_t { process.processIdentifier }

  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let streams: URL

  /// Starts a program, found along PATH.
  init(_ command: [String], in directory: URL?, environment: [String: String]) throws {
    streams = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.environment = environment
    process.currentDirectoryURL = directory
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.newFile(streams.appending(path: "output"))
    process.standardError = try Self.newFile(streams.appending(path: "errors"))
    process.terminationHandler = { [ended] _ in ended.signal() }
    try Self.withNoSignalBlocked { try process.run() }
  }

  /// Starts a process that no signal is kept from.
  ///
  /// It would inherit those that the starting thread has blocked, and mpirun without SIGCHLD never ends; and those that
  /// this process ignores, as a shell lets SIGINT be ignored by what it runs in the background.
  private static func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
    for interrupt in [SIGINT, SIGQUIT] { signal(interrupt, SIG_DFL) }
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: streams)
  }

  /// Waits for the end of the process; one that takes too long is ended.
  func wait(seconds: Double = 60) throws -> Ending {
    if ended.wait(timeout: .now() + seconds) == .timedOut {
      // mpirun answers by ending its ranks; they are gone before it is.
      process.terminate()
      if ended.wait(timeout: .now() + 10) == .timedOut { kill(process.processIdentifier, SIGKILL) }
      throw Timeout(
        description: "\((process.arguments ?? []).joined(separator: " ")) took more than \(seconds) s; "
          + "it printed: \(try text("output")) \(try text("errors"))")
    }
    return Ending(
      status: process.terminationStatus, output: try text("output"), allErrors: try text("errors"))
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: streams.appending(path: name)), as: UTF8.self)
  }

  private static func newFile(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }
}

/// Whether a line or an event warns that there are more threads than cores, which depends on the machine.
func isCrowdingWarning(_ text: String) -> Bool {
  text.contains(#/[0-9]+ ranks? (× [0-9]+|of [0-9]+) threads? share [0-9]+ cores? of /#)
}

/// The lockstep program.
enum Program {
  /// The binary that was built together with these tests, which lies beside their bundle.
  static let binary = products.appending(path: "lockstep")

  /// The same program with a `malloc` that counts.
  static let countingBinary = products.appending(path: "lockstep-allocations")

  private static let products: URL = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
    let tests = bundle ?? Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    return tests.resolvingSymlinksInPath().deletingLastPathComponent()
  }()

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - binary: the executable, lockstep by default.
  ///   - ranks: how many mpirun starts; nil for the program by itself.
  ///   - directory: where it starts, this process's directory by default.
  ///   - variables: what is put into its environment.
  static func start(
    binary: URL = Program.binary, ranks: Int? = 1, _ arguments: [String], in directory: URL? = nil,
    variables: [String: String] = [:]
  ) throws -> RunningProgram {
    let launcher = ranks.map { Self.launcher + ["-n", "\($0)"] } ?? []
    return try RunningProgram(
      launcher + [binary.path] + arguments, in: directory,
      environment: environment.merging(variables) { $1 })
  }

  /// Starts ranks that are not alike: one rank for each command, in its own directory.
  static func start(_ ranks: [(command: [String], directory: URL)]) throws -> RunningProgram {
    let commands = ranks.map { ["-n", "1", "-wdir", $0.directory.path] + $0.command }
    return try RunningProgram(
      launcher + commands.joined(separator: [":"]), in: nil, environment: environment)
  }

  /// mpirun with the flags of launch/lockstep; these tests always share their cores.
  private static let launcher = [
    "mpirun", "--quiet", "--bind-to", "none", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1",
  ]

  /// Runs the program to its end.
  static func run(
    binary: URL = Program.binary, ranks: Int? = 1, _ arguments: [String], in directory: URL? = nil
  ) throws -> RunningProgram.Ending {
    try start(binary: binary, ranks: ranks, arguments, in: directory).wait()
  }

  /// This process's environment without what tells a process that mpirun has started it: another suite may have
  /// started MPI in here, which sets such variables.
  static var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment.filter { name, _ in
      !["OMPI_", "PMIX_", "PMI_", "ORTE_", "SLURM_"].contains(where: name.hasPrefix)
    }
    if geteuid() == 0 {
      environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    return environment
  }
}

import Execution
package import Foundation
package import Mistakes

/// The directory of a run: metrics or trajectory, manifest, checkpoints, pictures.
///
/// From ``prepare(overwrites:holdsCheckpoints:)`` until ``release()`` no other run writes into it.
package final class OutputDirectory {
  /// The directory itself.
  package let path: String

  /// The file of the run's events.
  package var metricsPath: String { "\(path)/metrics.jsonl" }
  /// The file of a minimization's points.
  package var trajectoryPath: String { "\(path)/trajectory.jsonl" }
  /// The file of a fitted regression.
  package var modelPath: String { "\(path)/\(Self.modelName)" }
  /// The name of that file.
  static let modelName = "model.safetensors"
  /// The file that tells what the run was made with.
  package var manifestPath: String { "\(path)/manifest.json" }
  /// The directory of the files that TensorBoard reads.
  package var tensorBoardPath: String { "\(path)/tensorboard" }
  /// The directory of the checkpoints.
  package var checkpointsPath: String { "\(path)/checkpoints" }

  /// The file that tells which faults of a drill have fired.
  package var injectedPath: String { "\(path)/.injected" }

  /// The directory of the ranks' flight records, which a failure leaves.
  package var flightRecorderPath: String { "\(path)/flight-recorder" }

  /// This run's right to write; nil before it is taken and after it is given back.
  private var lock: DirectoryLock?
  /// The directories that were made for this run, the outermost first.
  private var made: [String] = []

  /// Names a directory; nothing is made yet.
  package init(path: String) {
    self.path = path
  }

  deinit { release() }

  /// The names that make a directory the home of a run.
  private static let contents =
    ["metrics.jsonl", "trajectory.jsonl", "manifest.json", "checkpoints", "tensorboard", modelName]
    + pictureNames

  /// The names of all pictures that a run may leave.
  static let pictureNames = ["path.svg", "loss-by-epoch.svg", "loss-by-step.svg", "loss-by-seconds.svg"]

  /// Makes the directory ready for a run; what another run left is removed only with `overwrites`.
  ///
  /// - Parameters:
  ///   - overwrites: whether another run may be replaced, if it has ended.
  ///   - holdsCheckpoints: whether the run needs a directory for checkpoints.
  ///   - goesOn: whether the run goes on with the one that is there, which then stays; asked once the directory is this run's.
  /// - Throws: `UserMistake` if another run is there, or the directory cannot be made or written to.
  package func prepare(
    overwrites: Bool, holdsCheckpoints: Bool = true, goesOn: () throws -> Bool = { false }
  ) throws {
    let manager = FileManager.default
    var isDirectory: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue {
      throw UserMistake("\(path): is a file, but the output needs a directory")
    }
    try makeDirectories(path)
    guard access(path, W_OK | X_OK) == 0 else {
      throw UserMistake("\(path): cannot be written to: \(String(cString: strerror(errno)))")
    }
    let lock = try DirectoryLock(directory: path)
    if try goesOn() {
      self.lock = lock
      return
    }
    let found = Self.contents.filter { Self.isThere("\(path)/\($0)") }
    if let first = found.first, !overwrites {
      throw UserMistake(
        "\(path): holds another run (\(first)); give another --output, or --overwrite to replace it")
    }
    // It holds no result, so that it does not make the directory the home of a run; but it tells of the earlier one.
    if overwrites { try? manager.removeItem(atPath: flightRecorderPath) }
    for name in found {
      do {
        // Of a link only itself is removed, not what it leads to.
        try manager.removeItem(atPath: "\(path)/\(name)")
      } catch {
        throw UserMistake("\(path)/\(name): cannot be removed: \(error.localizedDescription)")
      }
    }
    if holdsCheckpoints { try makeDirectories(checkpointsPath) }
    self.lock = lock
  }

  /// Lets other runs write into the directory, which this run does no more.
  ///
  /// Directories that were made for this run and that nothing was written into are removed.
  package func release() {
    lock = nil
    for directory in made.reversed() { rmdir(directory) }
    made = []
  }

  /// Whether something bears a name, if only a link that leads nowhere.
  private static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Makes a directory, and those above it, if there is none.
  ///
  /// - Throws: `UserMistake` with the system's reason, which Foundation would keep to itself.
  private func makeDirectories(_ path: String) throws(UserMistake) {
    if try !makeDirectory(path) {
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw UserMistake("\(path): is there, but is no directory, which the output needs")
      }
    }
  }

  /// Makes a directory, and those above it; false if something of its name is there.
  private func makeDirectory(_ path: String) throws(UserMistake) -> Bool {
    func make() -> CInt { mkdir(path, 0o777) == 0 ? 0 : errno }
    var reason = make()
    if reason == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      _ = try makeDirectory(String(path[..<slash]))
      reason = make()
    }
    switch reason {
    case 0:
      made.append(path)
      return true
    case EEXIST: return false
    default: throw UserMistake("\(path): cannot be made: \(String(cString: strerror(reason)))")
    }
  }
}

// MARK: - Directories of a run's own

extension OutputDirectory {
  /// A directory below `runs` that bears the configuration's name and the time.
  package static func proposed(configuration path: String, now: Date) -> String {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    return "runs/\(name)-\(formatter.string(from: now))"
  }

  /// Makes a directory that no other run has: of the proposed name, or with -2, -3 and so on behind it.
  ///
  /// The system decides who has a name: two runs may begin in the same second.
  ///
  /// - Throws: `UserMistake` with the system's reason.
  package static func new(_ proposed: String) throws(UserMistake) -> OutputDirectory {
    for number in 1...10_000 {
      let output = OutputDirectory(path: number == 1 ? proposed : "\(proposed)-\(number)")
      if try output.makeDirectory(output.path) { return output }
    }
    throw UserMistake("\(proposed): is taken, and so are 9999 names like it; give one with --output")
  }

  /// The directory of the command line, or a new one of the coordinator's below `runs`; the same on all ranks.
  ///
  /// Every rank must call this.
  static func agreed(_ given: String?, configuration: String, ranks: any Ranks) throws -> OutputDirectory {
    if let given { return OutputDirectory(path: given) }
    let new = try ranks.agreeOnCoordinator {
      try Self.new(proposed(configuration: configuration, now: Date()))
    }
    let path = try ranks.broadcast(new?.path ?? "")
    return new ?? OutputDirectory(path: path)
  }
}

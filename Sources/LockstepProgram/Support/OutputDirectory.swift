package import Foundation
import Mistakes

/// The directory of a run: metrics or trajectory, manifest, checkpoints, pictures.
package struct OutputDirectory {
  /// The directory itself.
  package let path: String

  /// The file of the run's events.
  package var metricsPath: String { "\(path)/metrics.jsonl" }
  /// The file of a minimization's points.
  package var trajectoryPath: String { "\(path)/trajectory.jsonl" }
  /// The file that tells what the run was made with.
  package var manifestPath: String { "\(path)/manifest.json" }
  /// The directory of the checkpoints.
  package var checkpointsPath: String { "\(path)/checkpoints" }

  /// The directory of the ranks' flight records, which a failure leaves.
  package var flightRecorderPath: String { "\(path)/flight-recorder" }

  /// Names a directory; nothing is made yet.
  package init(path: String) {
    self.path = path
  }

  /// The names that make a directory the home of a run.
  private static let contents =
    ["metrics.jsonl", "trajectory.jsonl", "manifest.json", "checkpoints"] + pictureNames

  /// The names of all pictures that a run may leave.
  static let pictureNames = ["path.svg", "loss-by-epoch.svg", "loss-by-step.svg", "loss-by-seconds.svg"]

  /// A directory below `runs` that bears the configuration's name and the time.
  package static func proposed(configuration path: String, now: Date) -> String {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    return "runs/\(name)-\(formatter.string(from: now))"
  }

  /// Makes the directory ready for a run; what another run left is removed only with `overwrites`.
  ///
  /// - Parameters:
  ///   - overwrites: whether another run may be replaced.
  ///   - holdsCheckpoints: whether the run needs a directory for checkpoints.
  /// - Throws: `UserMistake` if another run is there, or the directory cannot be made or written to.
  package func prepare(overwrites: Bool, holdsCheckpoints: Bool = true) throws {
    let manager = FileManager.default
    var isDirectory: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue {
      throw UserMistake("\(path): is a file, but the output needs a directory")
    }
    let found = Self.contents.filter { manager.fileExists(atPath: "\(path)/\($0)") }
    if let first = found.first, !overwrites {
      throw UserMistake(
        "\(path): holds another run (\(first)); give another --output, or --overwrite to replace it")
    }
    try Self.makeDirectory(path)
    guard access(path, W_OK | X_OK) == 0 else {
      throw UserMistake("\(path): cannot be written to: \(String(cString: strerror(errno)))")
    }
    // It holds no result, so that it does not make the directory the home of a run; but it tells of the earlier one.
    if overwrites { try? manager.removeItem(atPath: flightRecorderPath) }
    for name in found {
      do {
        try manager.removeItem(atPath: "\(path)/\(name)")
      } catch {
        throw UserMistake("\(path)/\(name): cannot be removed: \(error.localizedDescription)")
      }
    }
    if holdsCheckpoints { try Self.makeDirectory(checkpointsPath) }
  }

  /// Makes a directory, and those above it, if there is none.
  ///
  /// - Throws: `UserMistake` with the system's reason, which Foundation would keep to itself.
  private static func makeDirectory(_ path: String) throws(UserMistake) {
    func make() -> CInt { mkdir(path, 0o777) == 0 || errno == EEXIST ? 0 : errno }
    var reason = make()
    if reason == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try makeDirectory(String(path[..<slash]))
      reason = make()
    }
    guard reason == 0 else {
      throw UserMistake("\(path): cannot be made: \(String(cString: strerror(reason)))")
    }
  }
}

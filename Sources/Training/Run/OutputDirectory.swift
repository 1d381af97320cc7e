import Foundation

/// The directory of a run: metrics, manifest, checkpoints.
struct OutputDirectory {
  let path: String

  var metricsPath: String { "\(path)/metrics.jsonl" }
  var manifestPath: String { "\(path)/manifest.json" }
  var checkpointsPath: String { "\(path)/checkpoints" }

  /// The names that make a directory the home of a run.
  private static let contents = ["metrics.jsonl", "manifest.json", "checkpoints"]

  /// A directory below `runs` that bears the configuration's name and the time.
  static func proposed(configuration path: String, now: Date) -> String {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    return "runs/\(name)-\(formatter.string(from: now))"
  }

  /// Makes the directory ready for a run; what another run left is removed only with `overwrites`.
  ///
  /// - Throws: `UserMistake` if another run is there, or the directory cannot be made or written to.
  func prepare(overwrites: Bool) throws {
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
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
      guard access(path, W_OK | X_OK) == 0 else {
        throw UserMistake("\(path): cannot be written to: \(String(cString: strerror(errno)))")
      }
      for name in found { try manager.removeItem(atPath: "\(path)/\(name)") }
      try manager.createDirectory(atPath: checkpointsPath, withIntermediateDirectories: false)
    } catch let error as UserMistake {
      throw error
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      throw UserMistake("\(path): cannot be made: \((cause ?? error as NSError).localizedDescription)")
    }
  }
}

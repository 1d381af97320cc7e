import Foundation

/// A temporary directory of a launch, by which the first rank tells the launcher how far it has come.
///
/// The variable `LOCKSTEP_ENDING` names a file in it. Rank 0 makes the file `started` beside it once MPI has started, and
/// writes its exit status in one line into the named file when it ends in order. Ranks must not mind where this fails.
struct LaunchDirectory {
  /// The variable that names the file for the exit status.
  static let variable = "LOCKSTEP_ENDING"

  /// The directory.
  let path: String

  /// The file that `LOCKSTEP_ENDING` names.
  var endingPath: String { "\(path)/ending" }
  /// The file that is there once MPI has started.
  var startedPath: String { "\(path)/started" }

  /// Makes a new directory below the temporary one.
  ///
  /// - Returns: nil if none can be made there.
  init?(below base: String) {
    var template = Array("\(base)/lockstep-launch-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether rank 0 has come through the start of MPI.
  var hasStarted: Bool { access(startedPath, F_OK) == 0 }

  /// The exit status that rank 0 has told.
  var status: Int32? {
    FileManager.default.contents(atPath: endingPath).flatMap {
      Int32(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }

  /// Forgets an earlier start.
  func clear() {
    unlink(endingPath)
    unlink(startedPath)
  }

  /// Removes the directory with what is in it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}

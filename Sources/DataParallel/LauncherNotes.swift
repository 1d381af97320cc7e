import Foundation

/// What rank 0 tells the launcher that has started mpirun, by files beside the one that the variable `LOCKSTEP_ENDING` names:
/// that MPI has started, and with which status it ends in order.
///
/// Where the variable is not set, nobody asks. Files that cannot be written are no reason to end a run.
enum LauncherNotes {
  private static let path = ProcessInfo.processInfo.environment["LOCKSTEP_ENDING"].flatMap {
    $0.isEmpty ? nil : $0
  }

  /// MPI has started on this rank.
  static func noteStart(rank: Int) {
    guard rank == 0, let path else { return }
    let started = URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: "started")
    _ = FileManager.default.createFile(atPath: started.path, contents: nil)
  }

  /// The process ends in order.
  static func noteEnd(status: Int32, rank: Int) {
    guard rank == 0, let path else { return }
    _ = FileManager.default.createFile(atPath: path, contents: Data("\(status)\n".utf8))
  }
}

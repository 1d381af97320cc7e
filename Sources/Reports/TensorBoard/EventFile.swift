import Foundation

/// The event files of a run in one directory: a new one for each part of the run.
///
/// TensorBoard reads them in the order of their names while the last one grows. What those of earlier parts hold of later
/// steps is cut off when a run goes on, so that each step stands there once; that a reader which is at work already should
/// forget it, too, stands at the beginning of the new file.
package final class EventFile {
  private let file: AppendedFile

  /// What is in the name of every event file, by which TensorBoard finds them.
  private static let prefix = "events.out.tfevents."

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - directory: where it is to lie; made if it is not there.
  ///   - step: after which step the run goes on; nil from the beginning.
  ///   - isEpochDone: whether evaluations after that step, if there were any, have counted.
  ///   - wallTime: the seconds since 1970.
  /// - Throws: `ReportError` with the system's reason.
  package init(in directory: String, after step: Int?, isEpochDone: Bool, wallTime: Double) throws {
    let manager = FileManager.default
    if mkdir(directory, 0o777) != 0, errno != EEXIST {
      throw ReportError(path: directory, reason: String(cString: strerror(errno)))
    }
    let files = try manager.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix(Self.prefix) }
      .sorted()
    for name in files { try Self.cut("\(directory)/\(name)", after: step, isEpochDone: isEpochDone) }
    // Behind those of earlier parts, even if the clock was set back.
    let last = files.compactMap { Int($0.dropFirst(Self.prefix.count).prefix(10)) }.max() ?? 0
    let number = max(Int(wallTime), last + 1)
    file = try AppendedFile(
      "\(directory)/\(Self.prefix)\(String(format: "%010d", number)).lockstep", .new)
    try file.write(EventRecord.record(Event.fileVersion(wallTime: wallTime)))
    // Readers take the first of these for the beginning, and those that follow for restarts.
    let next = step.map { $0 + 1 } ?? 0
    try file.write(EventRecord.record(Event.restart(before: next, wallTime: wallTime)))
  }

  /// Appends an event, unless it is empty.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  package func write(_ event: Event) throws(ReportError) {
    guard !event.isEmpty else { return }
    try file.write(EventRecord.record(event.message))
  }

  /// Brings all to the disk.
  ///
  /// - Throws: `ReportError` with the system's reason, or if the file has been removed.
  package func synchronize() throws(ReportError) { try file.synchronize() }

  /// Cuts off what a file of an earlier part holds of later steps; all, where the run begins anew.
  private static func cut(_ path: String, after step: Int?, isEpochDone: Bool) throws {
    guard let step else {
      guard unlink(path) == 0 else { throw ReportError(path: path, reason: String(cString: strerror(errno))) }
      return
    }
    guard let bytes = FileManager.default.contents(atPath: path) else { return }
    let length = EventRecord.length(of: [UInt8](bytes), upTo: step, isEpochDone: isEpochDone)
    guard length < bytes.count else { return }
    // In place: a reader that has it open must see the same file.
    guard truncate(path, off_t(length)) == 0 else {
      throw ReportError(path: path, reason: String(cString: strerror(errno)))
    }
  }
}

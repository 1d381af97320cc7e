package import Records
import Safetensors

/// A file to which one JSON object a line is appended; each line is handed to the system at once.
///
/// A reader that follows the file, or finds it after a crash, sees whole lines, of which at most the last is cut.
package final class MetricsFile {
  private let file: AppendedFile

  /// Opens a file, new or emptied.
  ///
  /// - Parameter followsLinks: whether the path may be a link, as one that the user typed; in an output directory it
  ///   would lead out of it.
  /// - Throws: `ReportError` with the system's reason.
  package init(creating path: String, followsLinks: Bool = false) throws(ReportError) {
    file = try AppendedFile(path, .emptied(followsLinks: followsLinks))
  }

  /// Puts a text in the place of a file, whole or not at all, and opens it for more.
  ///
  /// - Throws: `ReportError` or `TensorFileError` with the system's reason.
  package init(replacing path: String, with text: String) throws {
    try ReplacementFile.write(Array(text.utf8), to: path)
    file = try AppendedFile(path, .continued)
  }

  /// Appends an object whose first member is the name of the event.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  package func write(event: String, _ members: [(key: String, value: JSON)]) throws(ReportError) {
    try write([("event", .text(event))] + members)
  }

  /// Appends an object.
  ///
  /// - Throws: `ReportError` with the system's reason, such as a full disk.
  package func write(_ members: [(key: String, value: JSON)]) throws(ReportError) {
    try file.write(Array("\(JSON.object(members))\n".utf8))
  }

  /// Brings all lines to the disk, and sees that they can be found there.
  ///
  /// - Throws: `ReportError` with the system's reason, or if the file has been removed.
  package func synchronize() throws(ReportError) { try file.synchronize() }
}

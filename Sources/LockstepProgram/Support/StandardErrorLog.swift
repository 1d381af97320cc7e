import Foundation
import Logging

/// Writes warnings as `lockstep: warning: …` lines on standard error.
struct StandardErrorLog: LogHandler {
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  init(_ label: String) {}

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    FileHandle.standardError.write(Data("lockstep: \(event.level): \(event.message)\n".utf8))
  }
}

import Foundation
import Inputs

extension ConfigurationNode {
  /// The most bytes of a configuration: a matrix of 400×400 numbers takes as many.
  static let largestByteCount = 4 << 20

  /// The text of a configuration's file.
  ///
  /// - Throws: a `ConfigurationError` if the file cannot be read or is not in UTF-8.
  package static func text(ofFile path: String) throws(ConfigurationError) -> String {
    let place = ConfigurationPlace.file(path, line: nil)
    guard FileManager.default.fileExists(atPath: path) else {
      throw ConfigurationError(place, "no such file; expected a configuration in YAML")
    }
    if let kind = FileKind(ofPath: path) {
      throw ConfigurationError(place, "is \(kind); expected a configuration in YAML")
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_size <= largestByteCount else {
      throw ConfigurationError(
        place, "has \(status.st_size) bytes; expected a configuration in YAML, of at most \(largestByteCount)"
      )
    }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError(place, "cannot be read; expected a file with read permission")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(place, "the text is not UTF-8; expected a configuration in YAML")
    }
    return text
  }

  /// Reads the YAML document of a whole configuration, and changes it.
  ///
  /// - Parameters:
  ///   - text: the document.
  ///   - source: what error messages call it.
  ///   - overrides: changes in the form `KEY=VALUE`, applied in order.
  ///   - expected: what a configuration is, for the message about an empty one.
  package init(
    yaml text: String, source: String, overrides: [String], expected: String
  ) throws(ConfigurationError) {
    let place = ConfigurationPlace.file(source, line: nil)
    // Some editors begin a file with a byte order mark, which YAML admits but its parser does not.
    let yaml = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    guard var root = try ConfigurationNode(yaml: yaml, source: place), !root.isNull else {
      throw ConfigurationError(place, "the text is empty, expected \(expected)")
    }
    for override in overrides {
      try ConfigurationOverride(override).apply(to: &root)
    }
    self = root
  }
}

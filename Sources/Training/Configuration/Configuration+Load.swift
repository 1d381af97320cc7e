import Foundation

extension Configuration {
  /// Reads a configuration from a YAML file.
  ///
  /// - Parameters:
  ///   - path: the file, in UTF-8.
  ///   - overrides: changes in the form `KEY=VALUE`, applied in order, such as `optimizer.learning_rate=0.5` or
  ///     `data={name: glyphs}`. KEY is dotted, VALUE is YAML and replaces whatever stood there.
  /// - Throws: a `ConfigurationError` that names the line or the override if the file cannot be read, is not a
  ///   YAML mapping, or says something that is unknown, out of range or contradictory.
  public static func load(
    path: String, overrides: [String] = []
  ) throws(ConfigurationError) -> Configuration {
    let place = ConfigurationPlace.file(path, line: nil)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw ConfigurationError(place, "no such file, expected a configuration in YAML")
    }
    guard !isDirectory.boolValue else {
      throw ConfigurationError(place, "found a directory, expected a configuration in YAML")
    }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError(place, "the file cannot be read, expected one with read permission")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(place, "the text is not UTF-8, expected a configuration in YAML")
    }
    return try parse(text, source: path, overrides: overrides)
  }

  /// Reads a configuration from a text in YAML.
  ///
  /// - Parameters:
  ///   - text: the YAML document, a mapping.
  ///   - source: what error messages call the text, such as the name of its file.
  ///   - overrides: changes in the form `KEY=VALUE`, as for `load(path:overrides:)`.
  /// - Throws: a `ConfigurationError`, as `load(path:overrides:)` does.
  public static func parse(
    _ text: String, source: String, overrides: [String] = []
  ) throws(ConfigurationError) -> Configuration {
    let place = ConfigurationPlace.file(source, line: nil)
    // Some editors begin a file with a byte order mark, which YAML admits but its parser does not.
    let yaml = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    guard var root = try ConfigurationNode(yaml: yaml, source: place), !root.isNull else {
      throw ConfigurationError(place, "the text is empty, expected a mapping with model and data")
    }
    for override in overrides {
      try ConfigurationOverride(override).apply(to: &root)
    }
    return try Configuration(ConfigurationReader(root))
  }
}

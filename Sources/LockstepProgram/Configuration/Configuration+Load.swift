package import Configurations

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
    try parse(ConfigurationNode.text(ofFile: path), source: path, overrides: overrides)
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
    let root = try ConfigurationNode(
      yaml: text, source: source, overrides: overrides, expected: "a mapping with model and data")
    return try Configuration(ConfigurationReader(root))
  }
}

/// Where the user wrote something.
package enum ConfigurationPlace: Equatable, CustomStringConvertible {
  /// A line of a file, counted from one; nil if it is about the whole file.
  case file(String, line: Int?)

  /// An override on the command line, as it was written: `KEY=VALUE`.
  case override(String)

  package var description: String {
    switch self {
    case .file(let name, let line?): "\(name):\(line)"
    case .file(let name, nil): name
    case .override(let text): "--set \(text)"
    }
  }

  /// The same file or override, at this line if it is a file.
  package func at(line: Int?) -> ConfigurationPlace {
    if case .file(let name, _) = self { .file(name, line: line) } else { self }
  }
}

package import Configurations
package import Records

extension Configuration {
  /// What the coordinator logs: section `log`.
  public struct Log: Equatable, Sendable {
    /// The steps from one line of the log to the next, at least one.
    public var everySteps = 50

    /// Creates the section with its defaults.
    public init() {}
  }
}

extension Configuration.Log {
  enum Key: String, ConfigurationWord {
    case everySteps = "every_steps"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    everySteps = try reader.integer(.everySteps) ?? everySteps
  }

  var json: JSON { .section([Key.everySteps: .integer(everySteps)]) }
}

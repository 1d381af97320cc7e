package import Configurations
package import Records

extension Configuration {
  /// How often the replicas of all ranks are compared: section `desync_check`.
  public struct DesyncCheck: Equatable, Sendable {
    /// The steps from one comparison to the next, at least one; no result depends on it.
    public var everySteps = 100

    /// Creates the section with its defaults.
    public init() {}
  }
}

extension Configuration.DesyncCheck {
  enum Key: String, ConfigurationWord {
    case everySteps = "every_steps"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    everySteps = try reader.integer(.everySteps) ?? everySteps
  }

  var json: JSON { .section([Key.everySteps: .integer(everySteps)]) }
}

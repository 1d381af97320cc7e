import Configurations
import Records

extension MinimizationConfiguration {
  /// What to find out about the objective: section `check`.
  package struct Check: Equatable, Sendable {
    /// Where to look for evidence that the objective is not convex.
    package struct Convexity: Equatable, Sendable {
      /// The least coordinates.
      package var lower: Coordinates
      /// The largest coordinates.
      package var upper: Coordinates
      /// How many segments, and how many points, are tried.
      package var samples: Int
    }

    /// Whether the objective is convex; nil to leave that open.
    package var convexity: Convexity?
    /// Whether the end is a minimum, a maximum or a saddle.
    package var stationaryPoint: Bool
  }
}

extension MinimizationConfiguration.Check {
  enum Key: String, ConfigurationWord {
    case convexity
    case stationaryPoint = "stationary_point"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    convexity = try reader.optionalSection(.convexity).map(Convexity.init)
    stationaryPoint = try reader.boolean(.stationaryPoint) ?? false
  }

  var json: JSON {
    .section([Key.convexity: convexity?.json, .stationaryPoint: .boolean(stationaryPoint)])
  }
}

extension MinimizationConfiguration.Check.Convexity {
  enum Key: String, ConfigurationWord {
    case lower, upper, samples
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    guard let lower = try reader.coordinates(.lower) else {
      throw reader.error(.lower, "missing; expected the least coordinates of a region")
    }
    guard let upper = try reader.coordinates(.upper) else {
      throw reader.error(.upper, "missing; expected the largest coordinates of a region")
    }
    (self.lower, self.upper) = (lower, upper)
    samples = try reader.integer(.samples) ?? 1000
  }

  var json: JSON {
    .section([Key.lower: lower.json, .upper: upper.json, .samples: .integer(samples)])
  }
}

import Configurations
import Records

extension MinimizationConfiguration {
  /// Where a run begins: key `start`.
  package enum Start: Equatable, Sendable {
    /// At a point.
    case point(Coordinates)
    /// At independent normal numbers of mean 0, drawn from the seed; the biases of a regression at 0.
    case normal(deviation: Double)
  }
}

extension MinimizationConfiguration.Start {
  enum Key: String, ConfigurationWord {
    case deviation
  }

  /// Reads the key; `isOptional` says whether zeros are what one begins at if nothing is said.
  init(
    _ reader: ConfigurationReader<MinimizationConfiguration.Key>, isOptional: Bool
  ) throws(ConfigurationError) {
    if case .mapping? = reader.node(.start)?.content {
      let section: ConfigurationReader<Key> = try reader.section(.start)
      self = .normal(deviation: try section.requiredDouble(.deviation, .positive))
    } else if let point = try reader.coordinates(.start) {
      self = .point(point)
    } else {
      guard isOptional else { throw reader.error(.start, "missing; expected a list of numbers") }
      self = .point(.all(0))
    }
  }

  var json: JSON {
    switch self {
    case .point(let coordinates): coordinates.json
    case .normal(let deviation): .section([Key.deviation: .number(deviation)])
    }
  }
}

package import Configurations
package import Records

extension Configuration {
  /// What training minimizes: section `loss`.
  public struct Loss: Equatable, Sendable {
    /// The share ε of a sample's weight that is spread evenly over all classes, at least 0 and less than 1.
    ///
    /// It counts in training only; an evaluation gives the plain cross entropy. Szegedy et al. 2015,
    /// arXiv:1512.00567, section 7.
    public var labelSmoothing = 0.0

    /// Creates the section with its defaults.
    public init() {}
  }
}

extension Configuration.Loss {
  enum Key: String, ConfigurationWord {
    case labelSmoothing = "label_smoothing"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    labelSmoothing = try reader.number(.labelSmoothing, .fraction) ?? labelSmoothing
  }

  var json: JSON { .section([Key.labelSmoothing: .number(labelSmoothing)]) }
}

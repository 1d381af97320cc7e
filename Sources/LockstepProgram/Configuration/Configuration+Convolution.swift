package import Configurations

extension Configuration {
  /// By which algorithm convolutions are computed: key `convolution`.
  ///
  /// The algorithms round differently, so that the choice is part of the experiment.
  public enum Convolution: String, ConfigurationWord {
    /// The fastest for each layer's shape.
    case auto
    /// The direct algorithm everywhere.
    case direct
    /// Winograd's wherever it can be used.
    case winograd
  }
}

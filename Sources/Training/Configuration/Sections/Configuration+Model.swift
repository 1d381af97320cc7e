import Reports

extension Configuration {
  /// The model to train: section `model`.
  public struct Model: Equatable, Sendable {
    /// A model that can be trained.
    public enum Name: String, ConfigurationWord {
      /// LeNet with batch normalization.
      case lenet
      /// The residual network of 18 layers.
      case resnet18
      /// The densely connected network of four blocks of four convolutions.
      case densenet
    }

    /// What LeNet's pooling layers take of their window.
    public enum Pooling: String, ConfigurationWord {
      /// The largest value.
      case max
      /// The mean, as LeCun et al. 1998 had it.
      case average
    }

    /// How weights are initialized.
    public enum Initialization: String, ConfigurationWord {
      /// As PyTorch does if nothing else is said: uniform in ± 1/√(inputs of a unit).
      case pyTorch = "default"
      /// Glorot, Bengio 2010, AISTATS, equation 16.
      case xavier
      /// He et al. 2015, arXiv:1502.01852, equation 10.
      case he
    }

    /// Which model.
    public var name: Name

    /// The number of classes, at least two.
    public var classes = 10

    /// What the pooling layers take.
    public var pooling = Pooling.max

    /// How weights are initialized.
    public var initialization = Initialization.pyTorch

    /// Creates the section with the defaults for all but the name.
    public init(name: Name) {
      self.name = name
    }
  }
}

extension Configuration.Model {
  enum Key: String, ConfigurationWord {
    case name, classes, pooling, initialization
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init(name: try reader.requiredWord(.name))
    classes = try reader.integer(.classes, in: 2...Int.largestCount) ?? classes
    pooling = try reader.word(.pooling) ?? pooling
    initialization = try reader.word(.initialization) ?? initialization
  }

  var json: JSON {
    .section([
      Key.name: .word(name), .classes: .integer(classes), .pooling: .word(pooling),
      .initialization: .word(initialization),
    ])
  }
}

package import Configurations
package import Records

extension Configuration {
  /// The model to train: section `model`.
  public struct Model: Equatable, Sendable {
    /// A model that can be trained.
    public enum Name: String, ConfigurationWord {
      /// LeNet with batch normalization.
      case lenet
      /// Linear layers, the hidden one of 256 features.
      case mlp
      /// A chain of eight convolutions and a linear layer.
      case vgg11
      /// The residual network of 18 layers.
      case resnet18
      /// The residual network of 34 layers.
      case resnet34
      /// The residual network of 50 layers, in bottlenecks.
      case resnet50
      /// The densely connected network of four blocks of four convolutions.
      case densenet
      /// The densely connected network of 121 layers, in bottlenecks.
      case densenet121
    }

    /// What LeNet's pooling layers take of their window.
    public enum Pooling: String, ConfigurationWord {
      /// The largest value.
      case max
      /// The mean, as LeCun et al. 1998 had it.
      case average
    }

    /// What residual and dense networks begin with.
    public enum Stem: String, ConfigurationWord {
      /// A 7×7 convolution and max pooling: a quarter of the image's side is left.
      case imagenet
      /// A 3×3 convolution that keeps the size, for small images.
      case small
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

    /// What the network begins with; only residual and dense networks have a choice.
    public var stem = Stem.imagenet

    /// Whether residual blocks begin as their shortcuts, with zeros in their last batch norm's scale.
    ///
    /// Goyal et al. 2017, arXiv:1706.02677, section 5.1.
    public var zeroInitResidual = false

    /// How weights are initialized.
    public var initialization = Initialization.pyTorch

    /// Creates the section with the defaults for all but the name.
    public init(name: Name) {
      self.name = name
    }
  }
}

extension Configuration.Model.Name {
  /// Whether the model has residual blocks.
  public var isResidual: Bool { [.resnet18, .resnet34, .resnet50].contains(self) }

  /// Whether the model has a choice of stems.
  public var hasStem: Bool { isResidual || [.densenet, .densenet121].contains(self) }
}

extension Configuration.Model {
  enum Key: String, ConfigurationWord {
    case name, classes, pooling, stem, initialization
    case zeroInitResidual = "zero_init_residual"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init(name: try reader.requiredWord(.name))
    classes = try reader.integer(.classes, in: 2...Int.largestCount) ?? classes
    pooling = try reader.word(.pooling) ?? pooling
    stem = try reader.word(.stem) ?? stem
    zeroInitResidual = try reader.boolean(.zeroInitResidual) ?? zeroInitResidual
    initialization = try reader.word(.initialization) ?? initialization
    if reader.node(.stem) != nil, !name.hasStem {
      throw reader.error(.stem, "belongs to residual and dense networks, but model.name is \(name.rawValue)")
    }
    if reader.node(.zeroInitResidual) != nil, !name.isResidual {
      throw reader.error(
        .zeroInitResidual, "belongs to residual networks, but model.name is \(name.rawValue)")
    }
  }

  var json: JSON {
    .section([
      Key.name: .word(name), .classes: .integer(classes), .pooling: .word(pooling),
      .stem: name.hasStem ? .word(stem) : nil,
      .zeroInitResidual: name.isResidual ? .boolean(zeroInitResidual) : nil,
      .initialization: .word(initialization),
    ])
  }
}

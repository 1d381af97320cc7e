package import Configurations
package import Records

extension Configuration {
  /// The samples to train and to test with: section `data`.
  public struct Data: Equatable, Sendable {
    /// A data set that can be read or drawn.
    public enum Name: String, ConfigurationWord {
      /// Synthetic glyphs, drawn from the seed; needs no files.
      case glyphs
      /// Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747.
      case fashionMNIST = "fashion-mnist"
      /// LeCun, Cortes, Burges 1998.
      case mnist
      /// CIFAR-10, Krizhevsky 2009, in its binary version.
      case cifar10
      /// CIFAR-100 with its fine labels, in its binary version.
      case cifar100
      /// Any images and labels in MNIST's file format.
      case idx
    }

    /// Subtraction of a mean and division by a deviation, in units of pixels from 0 to 1.
    public struct Normalization: Equatable, Sendable {
      /// What is subtracted.
      public var mean: Double
      /// What the difference is divided by, greater than 0.
      public var deviation: Double

      /// Creates the normalization x ↦ (x − mean)/deviation.
      public init(mean: Double, deviation: Double) {
        self.mean = mean
        self.deviation = deviation
      }
    }

    /// Which data set.
    public var name: Name

    /// The folder of the data set's files; glyphs need none and do not look at it.
    public var path: String?

    /// The side to which images are scaled, 1 to 1024 pixels; nil leaves them as they are.
    public var resize: Int?

    /// How many training samples: the first ones of the files, nil for all; of glyphs, how many are drawn.
    public var trainSamples: Int?

    /// How many test samples: the first ones of the files, nil for all; of glyphs, how many are drawn.
    public var testSamples: Int?

    /// Whether each epoch takes the training samples in another random order.
    public var shuffle = true

    /// How pixels are normalized; nil leaves them between 0 and 1.
    public var normalize: Normalization?

    /// Random changes of training images; nil for none.
    public var augment: Augment?

    /// Creates the section with the defaults for all but the name: 12,000 and 2,000 glyphs, or all of a file.
    public init(name: Name, path: String? = nil) {
      self.name = name
      self.path = path
      if name == .glyphs {
        trainSamples = 12_000
        testSamples = 2_000
      }
    }
  }
}

extension Configuration.Data {
  enum Key: String, ConfigurationWord {
    case name, path, resize, shuffle, normalize, augment
    case trainSamples = "train_samples"
    case testSamples = "test_samples"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init(name: try reader.requiredWord(.name), path: try reader.text(.path))
    if name != .glyphs && path == nil {
      throw reader.error(.path, "missing; expected the folder with the files of \(name.rawValue)")
    }
    resize = try reader.integer(.resize, in: 1...1024)
    trainSamples = try reader.integer(.trainSamples) ?? trainSamples
    testSamples = try reader.integer(.testSamples) ?? testSamples
    shuffle = try reader.boolean(.shuffle) ?? shuffle
    normalize = try reader.optionalSection(.normalize).map(Normalization.init)
    augment = try reader.optionalSection(.augment).map(Augment.init)
  }

  var json: JSON {
    .section([
      Key.name: .word(name), .path: path.map(JSON.text), .resize: resize.map(JSON.integer),
      .trainSamples: trainSamples.map(JSON.integer),
      .testSamples: testSamples.map(JSON.integer),
      .shuffle: .boolean(shuffle), .normalize: normalize?.json,
      .augment: augment?.json,
    ])
  }
}

extension Configuration.Data.Normalization {
  enum Key: String, ConfigurationWord {
    case mean, deviation
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    mean = try reader.requiredNumber(.mean, .any)
    deviation = try reader.requiredNumber(.deviation, .positive)
  }

  var json: JSON {
    .section([Key.mean: .number(mean), .deviation: .number(deviation)])
  }
}

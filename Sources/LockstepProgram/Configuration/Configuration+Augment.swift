package import Configurations
package import Datasets
package import Records

extension Configuration.Data {
  /// Random changes of training images: section `data.augment`.
  public struct Augment: Equatable, Sendable {
    /// The pixels added at each edge before a random crop of the image's size, 0 to 64.
    public var cropPadding = 0

    /// Whether every other image is mirrored.
    public var flip = false

    /// Creates the section with its defaults, which change nothing.
    public init() {}
  }
}

extension Configuration.Data.Augment {
  enum Key: String, ConfigurationWord {
    case flip
    case cropPadding = "crop_padding"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    cropPadding = try reader.integer(.cropPadding, in: 0...64) ?? cropPadding
    flip = try reader.boolean(.flip) ?? flip
  }

  var json: JSON { .section([Key.cropPadding: .integer(cropPadding), .flip: .boolean(flip)]) }
}

extension Configuration {
  /// The changes of training images; nil for none.
  package var augmentation: Augmentation? {
    data.augment.map { Augmentation(cropPadding: $0.cropPadding, flips: $0.flip) }
  }
}

import Configurations
import Datasets

/// The keys of `data` that say what is done to images, whatever they are read from.
struct ImageOptions: Sendable {
  /// The side in pixels that images are resized to; nil for that of the files.
  let side: Int?
  private let normalization: (mean: Float, deviation: Float)?
  private let augmentation: Augmentation?
  private let seed: UInt64

  /// Reads the keys.
  ///
  /// - Throws: `ConfigurationError` if a value is none that may stand there.
  init(_ options: SectionOptions, seed: UInt64) throws {
    self.seed = seed
    side = try options.integer("resize", in: 1...1024)
    normalization = try options.section("normalize").map { section in
      (
        mean: Float(try section.requiredNumber("mean")),
        deviation: Float(try section.requiredNumber("std", synonym: "deviation", .positive))
      )
    }
    augmentation = try options.section("augment").map { section in
      Augmentation(
        cropPadding: try section.integer("crop_padding", default: 0, in: 0...64),
        flips: try section.boolean("flip", default: false))
    }
  }

  /// Images with all of it but the resizing.
  ///
  /// - Parameter augments: whether random changes are asked for, as in training.
  func applied<Images: TreatedImages>(to images: Images, augments: Bool) -> Images {
    var images = images
    if let normalization {
      let channels = images.shape[0]
      images = images.normalized(
        by: Normalization(
          mean: Array(repeating: normalization.mean, count: channels),
          deviation: Array(repeating: normalization.deviation, count: channels)))
    }
    if augments, let augmentation { images = images.augmented(by: augmentation, seed: seed) }
    return images
  }
}

import Configurations
import Datasets
import Records

/// The keys of `data` that say what is done to images, whatever they are read from.
struct ImageOptions: Sendable {
  /// How images of any size become what a model sees.
  let fit: ImageFit
  /// The random changes of training images; nil for none.
  let augmentation: Augmentation?
  private let normalization: NormalizationOption?
  private let seed: UInt64
  /// The names of the classes, at least two; nil for those of the data, if they have any.
  let classNames: [String]?
  private let cropError: LateError
  private let resizeError: LateError
  private let namesError: LateError

  /// Reads the keys.
  ///
  /// - Throws: `ConfigurationError` if a value is none that may stand there.
  init(_ options: SectionOptions, seed: UInt64) throws {
    self.seed = seed
    fit = try options.imageFit()
    normalization = try NormalizationOption(options)
    augmentation = try options.section("augment").map { section in try section.augmentation() }
    classNames = try options.classNames()
    cropError = LateError(options, "center_crop")
    resizeError = LateError(options, "resize")
    namesError = LateError(options, "classes")
  }

  /// Whether each epoch takes other parts of the stored images.
  var takesParts: Bool { augmentation?.resizedCrop != nil }

  /// The map of images of so many channels; nil if they are not normalized.
  ///
  /// - Throws: `ConfigurationError` if numbers are given for another number of channels.
  func normalization(channels: Int) throws -> Normalization? {
    try normalization?.normalization(channels: channels)
  }

  /// Images in memory, fitted and with their classes' names.
  ///
  /// - Parameter path: what they are called in messages.
  /// - Throws: `ConfigurationError` if the crop is larger than the images, or the names are not as many as the classes.
  func fitted(_ images: ImageDataset, path: String) throws -> ImageDataset {
    let size = PixelSize(height: images.storedHeight, width: images.storedWidth)
    guard fit.holds(size) else {
      throw cropError(
        "is larger than the images of \(path), \(size.height)×\(size.width) pixels; set data.resize, too")
    }
    guard !fit.isTooLarge(size) else {
      throw resizeError(
        "makes too much of the images of \(path), \(size.height)×\(size.width) pixels; expected a smaller shorter_side"
      )
    }
    let fitted = images.fitted(by: fit)
    guard let classNames else { return fitted }
    guard classNames.count == images.classes else {
      throw namesError("found \(classNames.count) names, but \(path) has \(images.classes) classes")
    }
    return fitted.named(classNames)
  }

  /// Images with all of it but the fit.
  ///
  /// - Parameter augments: whether random changes are asked for, as in training.
  /// - Throws: `ConfigurationError` if numbers are given for another number of channels.
  func applied<Images: TreatedImages>(to images: Images, augments: Bool) throws -> Images {
    var images = images
    if let normalization = try normalization(channels: images.shape[0]) {
      images = images.normalized(by: normalization)
    }
    if augments, let augmentation { images = images.augmented(by: augmentation, seed: seed) }
    return images
  }
}

/// An error of a key that shows only when the data have been read.
struct LateError: Sendable {
  private let error: ConfigurationError

  /// Remembers where a key stands.
  init(_ options: SectionOptions, _ key: String) {
    error = options.error(key, "")
  }

  /// The error, with its problem.
  func callAsFunction(_ problem: String) -> ConfigurationError {
    var error = error
    error.problem = problem
    return error
  }
}

/// What stands at `normalize`: a mean and a deviation, of all channels or of each.
private struct NormalizationOption: Sendable {
  private let mean: [Double]
  private let deviation: [Double]
  private let error: LateError

  /// Reads `normalize`; nil if it is left out.
  init?(_ options: SectionOptions) throws(ConfigurationError) {
    error = LateError(options, "normalize")
    if let word = options.writtenWord("normalize") {
      guard word == "imagenet" else {
        throw options.error(
          "normalize", "found \(word), expected imagenet, or {mean: …, std: …} of numbers or lists of them")
      }
      // The means and deviations of ImageNet's training images, as torchvision's models were trained with.
      (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
      func list(_ numbers: [Double]) -> JSON { .list(numbers.map(JSON.number)) }
      options.record("normalize", .object([("mean", list(mean)), ("std", list(deviation))]))
      return
    }
    guard let section = try options.section("normalize") else { return nil }
    mean = try section.requiredNumbers("mean")
    deviation = try section.requiredNumbers("std", synonym: "deviation", .positive)
    guard mean.count == 1 || deviation.count == 1 || mean.count == deviation.count else {
      throw section.error(
        "mean", "found \(mean.count) numbers, but std has \(deviation.count); expected one for each channel")
    }
  }

  func normalization(channels: Int) throws -> Normalization {
    func all(_ numbers: [Double]) -> [Float]? {
      if numbers.count == 1 { return Array(repeating: Float(numbers[0]), count: channels) }
      return numbers.count == channels ? numbers.map { Float($0) } : nil
    }
    guard let mean = all(mean), let deviation = all(deviation) else {
      throw error(
        "has numbers of \(max(self.mean.count, self.deviation.count)) channels, but the images have \(channels); expected one "
          + "number, or one for each channel")
    }
    return Normalization(mean: mean, deviation: deviation)
  }
}

extension SectionOptions {
  /// The largest side of an image that a model sees.
  private static var sides: ClosedRange<Int> { 1...1024 }

  /// The keys `resize` and `center_crop`.
  fileprivate func imageFit() throws(ConfigurationError) -> ImageFit {
    var fit = ImageFit()
    if isMapping("resize"), let section = try section("resize") {
      guard let side = try section.integer("shorter_side", in: Self.sides) else {
        throw section.error("shorter_side", "missing; expected an integer from 1 to 1024")
      }
      fit.resizing = .shorterSide(side)
    } else if let size = try pixelSize("resize", in: Self.sides) {
      fit.resizing = .size(size)
    }
    fit.centerCrop = try pixelSize("center_crop", in: Self.sides)
    guard let crop = fit.centerCrop else { return fit }
    let least: PixelSize? =
      switch fit.resizing {
      case .none: nil
      case .size(let size): size
      case .shorterSide(let side): PixelSize(height: side, width: side)
      }
    if let least, crop.height > least.height || crop.width > least.width {
      throw error(
        "center_crop",
        "found \(crop.height)×\(crop.width), larger than the \(least.height)×\(least.width) pixels that data.resize leaves"
      )
    }
    return fit
  }

  /// The keys of the section `augment`.
  fileprivate func augmentation() throws(ConfigurationError) -> Augmentation {
    let share = NumberRequirement(description: "a number greater than 0 and at most 1") { $0 > 0 && $0 <= 1 }
    let notNegative = NumberRequirement(description: "a number of at least 0") { $0 >= 0 }
    let atMostOne = NumberRequirement(description: "a number from 0 to 1") { (0...1).contains($0) }
    var augmentation = Augmentation(
      cropPadding: try integer("crop_padding", default: 0, in: 0...64),
      flips: try boolean("flip", default: false))
    if let section = try section("resized_crop") {
      augmentation.resizedCrop = RandomResizedCrop(
        share: try section.range("share", default: 0.08...1, share))
    }
    if let section = try section("affine") {
      augmentation.affine = RandomAffine(
        degrees: try section.number(
          "degrees", default: 0,
          NumberRequirement(description: "a number from 0 to 180") { (0...180).contains($0) }),
        translation: try section.number("translate", default: 0, atMostOne),
        scale: try section.range("scale", default: 1...1, .positive),
        shear: try section.number(
          "shear", default: 0,
          NumberRequirement(description: "a number of at least 0 and less than 90") { $0 >= 0 && $0 < 90 }))
    }
    if let section = try section("colors") {
      augmentation.colors = ColorJitter(
        brightness: try section.number("brightness", default: 0, notNegative),
        contrast: try section.number("contrast", default: 0, notNegative),
        saturation: try section.number("saturation", default: 0, notNegative))
    }
    if let section = try section("erasing") {
      augmentation.erasing = RandomErasing(
        probability: try section.number("probability", default: 0.5, atMostOne),
        share: try section.range("share", default: 0.02...0.33, share))
    }
    return augmentation
  }

  /// Two numbers, of which the second is not smaller.
  private func range(
    _ key: String, default initial: ClosedRange<Double>, _ requirement: NumberRequirement
  ) throws(ConfigurationError) -> ClosedRange<Double> {
    let numbers = try numbers(key, default: [initial.lowerBound, initial.upperBound], requirement)
    guard numbers[0] <= numbers[1] else {
      throw error(key, "found [\(numbers[0]), \(numbers[1])], expected the smaller number first")
    }
    return numbers[0]...numbers[1]
  }
}

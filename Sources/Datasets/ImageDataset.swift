import Mistakes

/// Labelled 8-bit images of one size, held in memory once as they were stored.
///
/// Resizing, normalization and augmentation happen when a sample is written, so that a dataset costs one
/// byte a stored pixel whatever size a model asks for.
///
/// ```swift
/// let images = try ImageDataset.loadIDX(directory: "data/fashion-mnist", split: .train, classes: 10)
///   .resized(height: 96, width: 96)
///   .normalized(by: Normalization(mean: [0.286], deviation: [0.353]))
///   .augmented(by: Augmentation(cropPadding: 4, flips: true), seed: 1)
/// ```
public struct ImageDataset: TreatedImages {
  /// The number of samples.
  public let count: Int
  /// The number of channels of an image: 1 for gray, 3 for colour.
  public let channels: Int
  /// The number of classes; labels are 0 ..< `classes`.
  public let classes: Int
  /// The names of the classes, by class; nil for their numbers.
  public private(set) var classNames: [String]?

  /// The height of the images as stored, in pixels.
  public let storedHeight: Int
  /// The width of the images as stored, in pixels.
  public let storedWidth: Int
  /// The stored images: [sample, channel, row, column] bytes, row-major.
  package let pixels: [UInt8]
  /// The class of each sample.
  package let labels: [Int32]

  /// How stored images become what a model sees.
  private(set) var fit = ImageFit()
  /// The way of the stored planes by `fit`, without random changes.
  private(set) var fitting: PlaneFitting
  /// What becomes of the written planes' bytes.
  public var treatment: ImageTreatment

  /// Makes a dataset of images that were already checked.
  ///
  /// - Parameters:
  ///   - pixels: [sample, channel, row, column] bytes, row-major.
  ///   - labels: a class 0 ..< `classes` for each sample, at least one sample.
  ///   - channels: the number of channels, at least 1.
  ///   - height: the height of an image in pixels, at least 1.
  ///   - width: the width of an image in pixels, at least 1.
  ///   - classes: the number of classes, at least 1.
  public init(pixels: [UInt8], labels: [Int32], channels: Int, height: Int, width: Int, classes: Int) {
    require(
      !labels.isEmpty && channels >= 1 && height >= 1 && width >= 1,
      "a dataset needs images, not \(labels.count) of \(channels)×\(height)×\(width)")
    require(
      pixels.count == product([labels.count, channels, height, width]),
      "\(labels.count) images of \(channels)×\(height)×\(width) are not \(pixels.count) bytes")
    requireLabels(labels, classes: classes)
    self.pixels = pixels
    self.labels = labels
    self.channels = channels
    self.classes = classes
    count = labels.count
    storedHeight = height
    storedWidth = width
    treatment = ImageTreatment(channels: channels, height: height, width: width)
    fitting = PlaneFitting(fit, PixelSize(height: height, width: width))
  }

  /// The same samples, whose classes have names.
  ///
  /// - Parameter names: as many as there are classes.
  public func named(_ names: [String]) -> ImageDataset {
    require(names.count == classes, "\(names.count) names given for \(classes) classes")
    var result = self
    result.classNames = names
    return result
  }

  /// The size of the images as stored.
  var storedSize: PixelSize { PixelSize(height: storedHeight, width: storedWidth) }

  /// From now on images are fitted so.
  mutating func setFit(_ fit: ImageFit) {
    self.fit = fit
    fitting = PlaneFitting(fit, storedSize)
    (treatment.height, treatment.width) = (fitting.output.height, fitting.output.width)
  }

  /// The height of the images as written, in pixels.
  public var height: Int { treatment.height }

  /// The width of the images as written, in pixels.
  public var width: Int { treatment.width }

  /// The shape of the images as written: [channels, height, width].
  public var shape: [Int] { [channels, height, width] }

  /// One of `classes`.
  public var target: SampleTarget { .classes(classes) }

  /// The class of a sample, 0 ..< `classes`.
  public func label(of sample: Int) -> Int32 {
    require((0..<count).contains(sample), "sample \(sample) of \(count)")
    return labels[sample]
  }

  /// A hash of the stored sizes, labels and pixels, to compare the data that two processes read.
  ///
  /// It is the 64-bit FNV-1a hash of: count, channels, height, width and classes as eight bytes each; the
  /// labels as four bytes each; the pixels. The least significant byte comes first. Resizing, normalization
  /// and augmentation, which `description` tells, are not part of it.
  ///
  /// - Complexity: O(stored bytes); about 1 ns a byte, 60 ms for 60,000 images of 28×28 pixels.
  public var fingerprint: UInt64 {
    var hash = FNV1a()
    for size in [count, channels, storedHeight, storedWidth, classes] {
      hash.combine(size)
    }
    for label in labels {
      hash.combine(label)
    }
    pixels.withUnsafeBufferPointer { hash.combine($0) }
    return hash.value
  }
}

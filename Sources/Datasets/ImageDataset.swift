import Mistakes

/// Labelled 8-bit images of one size, held in memory once as they were stored.
///
/// Resizing and normalization happen when a sample is written, so that a dataset costs one byte a stored
/// pixel whatever size a model asks for. A dataset never changes, and any number of threads may write samples
/// of it at once.
///
/// ```swift
/// let images = try ImageDataset.loadIDX(directory: "data/fashion-mnist", split: .train, classes: 10)
///   .resized(height: 96, width: 96)
/// images.write(sample: 0, into: input, scratch: scratch)
/// ```
public struct ImageDataset: Sendable {
  /// The number of samples.
  public let count: Int
  /// The number of channels of an image: 1 for gray, 3 for colour.
  public let channels: Int
  /// The number of classes; labels are 0 ..< `classes`.
  public let classes: Int

  /// The height of the images as stored, in pixels.
  public let storedHeight: Int
  /// The width of the images as stored, in pixels.
  public let storedWidth: Int
  /// The stored images: [sample, channel, row, column] bytes, row-major.
  package let pixels: [UInt8]
  /// The class of each sample.
  package let labels: [UInt8]

  var resize: BilinearResize?
  /// The value of each byte in each channel: [channel, 256].
  var values: [Float]

  /// Makes a dataset of images that were already checked.
  ///
  /// - Parameters:
  ///   - pixels: [sample, channel, row, column] bytes, row-major.
  ///   - labels: a class 0 ..< `classes` for each sample, at least one sample.
  ///   - channels: the number of channels, at least 1.
  ///   - height: the height of an image in pixels, at least 1.
  ///   - width: the width of an image in pixels, at least 1.
  ///   - classes: the number of classes, 1 to 256.
  public init(pixels: [UInt8], labels: [UInt8], channels: Int, height: Int, width: Int, classes: Int) {
    require(
      !labels.isEmpty && channels >= 1 && height >= 1 && width >= 1,
      "a dataset needs images, not \(labels.count) of \(channels)×\(height)×\(width)")
    require((1...256).contains(classes), "1 to 256 classes fit a byte, not \(classes)")
    require(
      pixels.count == labels.count * channels * height * width,
      "\(labels.count) images of \(channels)×\(height)×\(width) are not \(pixels.count) bytes")
    require(labels.allSatisfy { $0 < classes }, "labels are 0 to \(classes - 1)")
    self.pixels = pixels
    self.labels = labels
    self.channels = channels
    self.classes = classes
    count = labels.count
    storedHeight = height
    storedWidth = width
    let unnormalized = (0...255).map { Float($0) / 255 }
    values = Array(repeatElement(unnormalized, count: channels).joined())
  }

  /// The height of the images as written, in pixels.
  public var height: Int { resize?.outputHeight ?? storedHeight }

  /// The width of the images as written, in pixels.
  public var width: Int { resize?.outputWidth ?? storedWidth }

  /// The class of a sample, 0 ..< `classes`.
  public func label(at index: Int) -> Int {
    require((0..<count).contains(index), "sample \(index) of \(count)")
    return Int(labels[index])
  }

  /// A hash of the stored sizes, labels and pixels, to compare the data that two processes read.
  ///
  /// It is the 64-bit FNV-1a hash of: count, channels, height, width and classes as eight bytes each, least
  /// significant first; the labels; the pixels. Resizing and normalization, which a configuration tells, are
  /// not part of it.
  ///
  /// - Complexity: O(stored bytes); about 1 ns a byte, 60 ms for 60,000 images of 28×28 pixels.
  public var fingerprint: UInt64 {
    var hash = FNV1a()
    for size in [count, channels, storedHeight, storedWidth, classes] {
      hash.combine(size)
    }
    labels.withUnsafeBufferPointer { hash.combine($0) }
    pixels.withUnsafeBufferPointer { hash.combine($0) }
    return hash.value
  }
}

extension ImageDataset: CustomStringConvertible {
  /// The number and the written size of the images: "60000 images of 1×28×28, 10 classes".
  public var description: String {
    "\(count) images of \(channels)×\(height)×\(width), \(classes) classes"
  }
}

import Foundation
import Images
import Inputs
import Mistakes

/// JPEG and PNG images in class folders, decoded when they are needed or held in memory.
///
/// The images are upright by their Exif orientation and, byte for byte, as Pillow decodes them, then resized as
/// ``ImageDataset`` resizes. Whether they are held in memory or decoded ahead by threads, the samples have the same bits.
public struct ImageFolder: TreatedImages {
  /// The names of the classes, by class.
  public let classNames: [String]?
  /// What becomes of the resized planes' bytes.
  public var treatment: ImageTreatment
  /// A hash of the files: their number, that of the classes, and of each file its class as four bytes, its name below the
  /// folder, a zero, its size, and the hash of its bytes.
  ///
  /// What the decoders make of the bytes is not part of it; their versions are compared beside it.
  public let fingerprint: UInt64
  /// How files are read, where the images are not held in memory.
  public let remarks: [String]
  /// The files that were left out.
  public let warnings: [String]
  /// The class of each sample.
  private let labels: [Int32]
  /// The upright size of each sample's file.
  private let storedSizes: [PixelSize]
  /// The size that all files have; nil if they differ.
  private let commonSize: PixelSize?
  private let reader: ImageReader
  private let storage: Storage

  /// Where the resized planes come from.
  private enum Storage: Sendable {
    /// All of them: [sample, channel, row, column].
    case memory([UInt8])
    case files(ImageLoader)
  }

  /// What is done with files that were checked, and how.
  struct Options: Sendable {
    /// How images of any size become those that are written, which must have one size.
    var fit = ImageFit()
    /// 1 or 3.
    var channels = 3
    /// The most bytes of planes that are held in memory.
    var cacheByteCount = 1 << 31
    /// The threads that decode ahead where files are read.
    var loaderThreads = 2
    /// Whether every epoch takes other parts of the images, so that none is held in memory.
    var takesParts = false
  }

  /// Makes samples of checked files.
  ///
  /// - Throws: `DatasetError` if there are none, if they are written in several sizes or are smaller than the crop, if there is no
  ///   room for those that are to be held in memory, or one of these is damaged.
  init(_ files: CheckedImageFiles, classes: [String], _ options: Options) throws(DatasetError) {
    guard !files.files.isEmpty else { throw .noImageFiles(directory: files.description) }
    let fit = options.fit
    let stored = files.files.map { PixelSize(height: $0.height, width: $0.width) }
    storedSizes = stored
    commonSize = stored.allSatisfy { $0 == stored[0] } ? stored[0] : nil
    let size = fit.written(stored[0])
    try Self.requireOneSize(files, stored, fit)
    treatment = ImageTreatment(channels: options.channels, height: size.height, width: size.width)
    classNames = classes
    labels = files.files.map(\.label)
    fingerprint = Self.fingerprint(of: files.files, classes: classes.count)
    reader = ImageReader(
      paths: files.files.map { files.path(of: $0.name) }, channels: options.channels, fit: fit, size: size)
    let (byteCount, overflows) = treatment.count.multipliedReportingOverflow(by: labels.count)
    warnings = Self.warnings(about: files)
    if !options.takesParts, !overflows, byteCount <= options.cacheByteCount {
      if let free = FreeMemory.byteCount(), byteCount > free {
        throw .noRoomForImages(directory: files.description, byteCount: byteCount, freeByteCount: free)
      }
      storage = .memory(try reader.readAll())
      remarks = []
    } else {
      storage = .files(ImageLoader(reader, threads: options.loaderThreads))
      let reason =
        options.takesParts
        ? "each epoch takes other parts of them (data.augment.resized_crop)"
        : "in memory they would take \(FreeMemory.text(overflows ? .max : byteCount)) (data.cache_bytes)"
      remarks = [
        "\(files.description): \(counted(labels.count, "image")), decoded ahead of each step by "
          + "\(counted(options.loaderThreads, "loader thread")) a rank: \(reason)"
      ]
    }
  }

  /// Requires that all images are written in one size, and are not smaller than what is taken of them.
  private static func requireOneSize(
    _ files: CheckedImageFiles, _ stored: [PixelSize], _ fit: ImageFit
  ) throws(DatasetError) {
    func path(_ index: Int) -> String { files.path(of: files.files[index].name) }
    if let small = stored.firstIndex(where: { !fit.holds($0) }) {
      throw .unusable(
        file: path(small),
        problem: "is \(stored[small].text) pixels, too small for data.center_crop; set data.resize, too")
    }
    if let long = stored.firstIndex(where: fit.isTooLarge) {
      throw .unusable(
        file: path(long),
        problem: "is \(stored[long].text) pixels, too long for data.resize.shorter_side: it would become "
          + fit.resized(stored[long]).text)
    }
    let size = fit.written(stored[0])
    guard let other = stored.firstIndex(where: { fit.written($0) != size }) else { return }
    if case .shorterSide = fit.resizing {
      throw .unusable(
        file: path(other),
        problem: "becomes \(fit.written(stored[other]).text) by data.resize.shorter_side, but "
          + "\(files.files[0].name) \(size.text); set data.center_crop, too, such as data.center_crop=96")
    }
    throw .differentSizes(
      directory: files.description, files.files[0].name, [stored[0].height, stored[0].width],
      files.files[other].name, [stored[other].height, stored[other].width])
  }

  /// What is told of files that were left out: how many, and the first three.
  private static func warnings(about files: CheckedImageFiles) -> [String] {
    guard !files.skipped.isEmpty else { return [] }
    let first = files.skipped.prefix(3).map(\.description).joined(separator: "; ")
    let more = files.skipped.count > 3 ? "; …" : ""
    return ["\(files.description): \(counted(files.skipped.count, "broken file")) left out: \(first)\(more)"]
  }

  private static func fingerprint(of files: [CheckedImageFiles.File], classes: Int) -> UInt64 {
    var hash = FNV1a()
    hash.combine(files.count)
    hash.combine(classes)
    for file in files {
      hash.combine(file.label)
      Array(file.name.utf8 + [0]).withUnsafeBufferPointer { hash.combine($0) }
      hash.combine(file.byteCount)
      hash.combine(file.hash)
    }
    return hash.value
  }

  /// The number of samples.
  public var count: Int { labels.count }

  /// The shape of the images as written: [channels, height, width].
  public var shape: [Int] { [treatment.channels, treatment.height, treatment.width] }

  /// One of the class folders.
  public var target: SampleTarget { .classes(classNames?.count ?? 0) }

  /// Number, size, classes and treatments: "800 images of 3×96×96, 10 classes, resized from files of several sizes".
  public var description: String {
    let resized = reader.fit.text(from: commonSize)
    return
      (["\(counted(count, "image")) of \(sizes(shape))", "\(target)", resized].compactMap { $0 }
      + treatment.texts).joined(separator: ", ")
  }

  /// The class of a sample.
  public func label(of sample: Int) -> Int32 {
    require(labels.indices.contains(sample), "sample \(sample) of \(count)")
    return labels[sample]
  }

  /// Writes a sample; where files are read, waits for it or decodes it.
  ///
  /// Of a file that cannot be read any more black is written, and ``failure`` tells it from then on.
  public func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
    require(labels.indices.contains(sample), "sample \(sample) of \(count)")
    let changes = treatment.changes(sample, epoch: epoch)
    switch storage {
    case .memory(let pixels):
      pixels.withUnsafeBufferPointer { pixels in
        guard let pixels = pixels.baseAddress else { return }
        treatment.write(pixels + sample * treatment.count, changes, into: &input)
      }
    case .files(let loader):
      loader.take(request(sample, epoch: epoch)).withUnsafeBufferPointer { planes in
        guard let planes = planes.baseAddress else { return }
        treatment.write(planes, changes, into: &input)
      }
    }
  }

  /// What of a sample is read for an epoch.
  private func request(_ sample: Int, epoch: Int) -> ImageRequest {
    ImageRequest(
      sample: sample, window: treatment.window(sample, epoch: epoch, of: storedSizes[sample]))
  }

  /// Lets the loader threads decode samples.
  public func prepare(_ samples: [Int], epoch: Int) {
    guard case .files(let loader) = storage else { return }
    loader.prepare(samples.map { request($0, epoch: epoch) })
  }

  /// What was wrong with the first file that could not be read when a sample of it was written.
  public var failure: (any Error)? {
    if case .files(let loader) = storage { loader.failure } else { nil }
  }
}

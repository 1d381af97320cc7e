import Mistakes

/// What becomes of an image's bytes on their way to a model: random changes, then numbers.
///
/// All sources of images have one, whether they hold pixels in memory or read files: it begins with planes of the size
/// that a model sees, and what it does depends on the bytes, the epoch and the sample only.
public struct ImageTreatment: Sendable {
  /// The number of channels of an image.
  package let channels: Int
  /// The height of the planes and of what is written, in pixels.
  package var height: Int
  /// The width of the planes and of what is written, in pixels.
  package var width: Int
  /// What `values` were normalized by, for the description.
  private(set) var normalization: Normalization?
  /// The random changes and the seed that they are drawn from.
  var augmentation: (changes: Augmentation, seed: UInt64)?
  /// The value of each byte in each channel, normalized: [channel, 256].
  private var values: [Float]

  /// Makes numbers of images, byte ÷ 255, as torchvision's `ToTensor` makes them.
  package init(channels: Int, height: Int, width: Int) {
    (self.channels, self.height, self.width) = (channels, height, width)
    let unnormalized = (0...255).map { Float($0) / 255 }
    values = Array(repeatElement(unnormalized, count: channels).joined())
  }

  /// The number of bytes, and of written values, of an image.
  package var count: Int { channels * height * width }

  /// From now on (value − mean) ÷ deviation is written; replaces an earlier normalization.
  package mutating func normalize(by normalization: Normalization) {
    require(
      normalization.mean.count == channels,
      "\(normalization.mean.count) means given for images of \(channels) channels")
    self.normalization = normalization
    values = zip(normalization.mean, normalization.deviation).flatMap { mean, deviation in
      (0...255).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// The size of the planes and of what is written.
  package var size: PixelSize { PixelSize(height: height, width: width) }

  /// The part of a sample's stored image that is resized in an epoch; nil for all of it, as without augmentation.
  func window(_ sample: Int, epoch: Int, of stored: PixelSize) -> PixelBox? {
    guard let augmentation, let crop = augmentation.changes.resizedCrop else { return nil }
    return crop.box(seed: augmentation.seed, epoch: epoch, sample: sample, of: stored)
  }

  /// What is done to the planes of a sample in an epoch.
  func changes(_ sample: Int, epoch: Int) -> PlaneChanges {
    augmentation.map {
      $0.changes.changes(seed: $0.seed, epoch: epoch, sample: sample, of: size)
    } ?? PlaneChanges()
  }

  /// Writes an image as a model sees it.
  ///
  /// - Parameters:
  ///   - planes: [channels, height, width] bytes.
  ///   - changes: what is done to them; outside of a shifted image is black.
  ///   - input: [channels, height, width] values, row-major.
  package func write(
    _ planes: UnsafePointer<UInt8>, _ changes: PlaneChanges = PlaneChanges(),
    into input: inout MutableSpan<Float>
  ) {
    require(input.count == count, "given room for \(input.count) values but \(count) needed")
    input.withUnsafeMutableBufferPointer { input in
      guard let input = input.baseAddress else { return }
      if changes.affine == nil, changes.colors == nil {
        writeValues(of: planes, at: changes.placement, to: input)
      } else {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * count) { memory in
          guard var changed = memory.baseAddress else { return }
          place(planes, at: changes.placement, to: changed)
          if let affine = changes.affine {
            affine.apply(to: changed, channels: channels, size, into: changed + count)
            changed += count
          }
          changes.colors?.apply(to: changed, channels: channels, size)
          writeValues(of: changed, at: .identity, to: input)
        }
      }
      if let box = changes.erased { erase(box, in: input) }
    }
  }

  private func writeValues(
    of planes: UnsafePointer<UInt8>, at placement: Augmentation.Placement,
    to input: UnsafeMutablePointer<Float>
  ) {
    let area = height * width
    values.withUnsafeBufferPointer { values in
      guard let values = values.baseAddress else { return }
      for channel in 0..<channels {
        let (plane, values) = (planes + channel * area, values + channel * 256)
        let target = input + channel * area
        guard placement == .identity else {
          place(plane, at: placement) { target[$0] = values[Int($1)] }
          continue
        }
        for position in 0..<area {
          target[position] = values[Int(plane[position])]
        }
      }
    }
  }

  /// Writes all channels' bytes, cropped and mirrored.
  private func place(
    _ planes: UnsafePointer<UInt8>, at placement: Augmentation.Placement,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    let area = height * width
    for channel in 0..<channels {
      let target = target + channel * area
      place(planes + channel * area, at: placement) { target[$0] = $1 }
    }
  }

  /// Gives the bytes of one channel, cropped and mirrored, each with its position; black outside.
  @inline(__always)
  private func place(
    _ plane: UnsafePointer<UInt8>, at placement: Augmentation.Placement, _ body: (Int, UInt8) -> Void
  ) {
    let (height, width) = (height, width)
    for row in 0..<height {
      let source = row + placement.rowShift
      for column in 0..<width {
        let from = (placement.isMirrored ? width - 1 - column : column) + placement.columnShift
        let isInside = source >= 0 && source < height && from >= 0 && from < width
        body(row * width + column, isInside ? plane[source * width + from] : 0)
      }
    }
  }

  private func erase(_ box: PixelBox, in input: UnsafeMutablePointer<Float>) {
    for channel in 0..<channels {
      for row in box.top..<box.top + box.height {
        (input + (channel * height + row) * width + box.left).update(repeating: 0, count: box.width)
      }
    }
  }
}

extension ImageTreatment {
  /// The treatments in words, for a source's description.
  var texts: [String] {
    func list(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: " ") }
    let normalized = normalization.map {
      "normalized by mean \(list($0.mean)) and deviation \(list($0.deviation))"
    }
    let augmented = augmentation.map { changes, seed in
      "\(changes.text ?? "unchanged") at random with seed \(seed)"
    }
    return [normalized, augmented].compactMap { $0 }
  }
}

/// A source of images, which all are treated in the same way.
public protocol TreatedImages: SampleSource {
  /// What becomes of the images' bytes.
  var treatment: ImageTreatment { get set }
}

extension TreatedImages {
  /// What the channels, from 0 to 1, are normalized by.
  public var inputScale: Standardization? { treatment.normalization.map { Standardization($0) } }

  /// The same samples, written as (value − mean) ÷ deviation; replaces an earlier normalization.
  ///
  /// - Parameter normalization: one mean and one deviation for each channel.
  /// - Returns: a source that shares this one's memory.
  public func normalized(by normalization: Normalization) -> Self {
    var result = self
    result.treatment.normalize(by: normalization)
    return result
  }

  /// The same samples, not augmented; they share this source's memory.
  public var withoutRandomChanges: any SampleSource { augmented(by: Augmentation(), seed: 0) }

  /// The same samples, changed at random in each epoch; replaces an earlier augmentation.
  ///
  /// What a crop after padding shows outside of the image is black, as normalized.
  ///
  /// - Parameters:
  ///   - augmentation: the changes.
  ///   - seed: chooses among the sequences of changes.
  /// - Returns: a source that shares this one's memory. Its epochs are 0 to 2³² − 1.
  public func augmented(by augmentation: Augmentation, seed: UInt64) -> Self {
    var result = self
    result.treatment.augmentation = augmentation == Augmentation() ? nil : (augmentation, seed)
    return result
  }
}

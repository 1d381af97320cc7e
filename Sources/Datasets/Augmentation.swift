import Mistakes
import Randomness

/// Random changes of a training image that leave its class as it is.
///
/// He et al. 2015, arXiv:1512.03385, section 4.2: four pixels padded on each side, a random crop of the old
/// size, and a horizontal flip for every other image.
public struct Augmentation: Hashable, Sendable {
  /// The pixels of black added at each edge before a crop of the image's own size, at least 0.
  public var cropPadding: Int
  /// Whether images are mirrored with probability ½.
  public var flips: Bool

  /// Makes changes of training images; by default none.
  public init(cropPadding: Int = 0, flips: Bool = false) {
    require(cropPadding >= 0, "images cannot be padded by \(cropPadding) pixels")
    self.cropPadding = cropPadding
    self.flips = flips
  }

  /// How a sample is changed in an epoch.
  ///
  /// It depends on nothing but the arguments, so that it is the same whichever rank writes the sample.
  public func placement(seed: UInt64, epoch: Int, sample: Int) -> Placement {
    var random = Philox(seed: seed, purpose: .augmentation, epoch, sample)
    let choices = UInt32(2 * cropPadding + 1)
    return Placement(
      rowShift: Int(random.uniform(below: choices)) - cropPadding,
      columnShift: Int(random.uniform(below: choices)) - cropPadding,
      isMirrored: flips && random.uniform(below: 2) == 1)
  }

  /// Where the crop lies and whether it is mirrored afterwards.
  public struct Placement: Hashable, Sendable {
    /// The image's row that becomes the first; negative in the padding.
    public var rowShift: Int
    /// The image's column that becomes the first, before mirroring; negative in the padding.
    public var columnShift: Int
    /// Whether columns come in opposite order.
    public var isMirrored: Bool

    /// Makes a place: by default the image as it is.
    public init(rowShift: Int = 0, columnShift: Int = 0, isMirrored: Bool = false) {
      self.rowShift = rowShift
      self.columnShift = columnShift
      self.isMirrored = isMirrored
    }

    /// The image as it is.
    public static let identity = Placement()
  }
}

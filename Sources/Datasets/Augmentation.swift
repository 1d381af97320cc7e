import Mistakes
import Randomness

/// Random changes of a training image that leave its class as it is.
///
/// They come in this order: a part of the image is resized; it is shifted by a crop after padding, and mirrored; it is turned; its
/// colors change; behind the normalization a rectangle is erased. Each is drawn from a stream of its own, so that none
/// changes what another one draws.
///
/// He et al. 2015, arXiv:1512.03385, section 4.2: four pixels padded on each side, a random crop of the old
/// size, and a horizontal flip for every other image.
public struct Augmentation: Hashable, Sendable {
  /// The pixels of black added at each edge before a crop of the image's own size, at least 0.
  public var cropPadding: Int
  /// Whether images are mirrored with probability ½.
  public var flips: Bool
  /// The part of the stored image that is resized; nil for all of it, fitted as without augmentation.
  public var resizedCrop: RandomResizedCrop?
  /// How images are turned, shifted, scaled and sheared; nil for not at all.
  public var affine: RandomAffine?
  /// How their colors change; nil for not at all.
  public var colors: ColorJitter?
  /// What is erased; nil for nothing.
  public var erasing: RandomErasing?

  /// Makes changes of training images; by default none.
  public init(
    cropPadding: Int = 0, flips: Bool = false, resizedCrop: RandomResizedCrop? = nil,
    affine: RandomAffine? = nil, colors: ColorJitter? = nil, erasing: RandomErasing? = nil
  ) {
    require(cropPadding >= 0, "images cannot be padded by \(cropPadding) pixels")
    self.cropPadding = cropPadding
    self.flips = flips
    self.resizedCrop = resizedCrop
    self.affine = affine
    self.colors = colors
    self.erasing = erasing
  }

  /// Where a sample's crop after padding lies in an epoch, and whether it is mirrored.
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

extension Augmentation {
  /// What is done to a sample's planes in an epoch; they have a size.
  func changes(seed: UInt64, epoch: Int, sample: Int, of size: PixelSize) -> PlaneChanges {
    PlaneChanges(
      placement: placement(seed: seed, epoch: epoch, sample: sample),
      affine: affine?.change(seed: seed, epoch: epoch, sample: sample, of: size),
      colors: colors?.change(seed: seed, epoch: epoch, sample: sample),
      erased: erasing?.box(seed: seed, epoch: epoch, sample: sample, of: size))
  }

  /// The changes in words; nil if there are none.
  var text: String? {
    func range(_ range: ClosedRange<Double>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
    var words: [String] = []
    if let resizedCrop { words.append("resized from parts of \(range(resizedCrop.share)) of the area") }
    if cropPadding > 0 { words.append("cropped after padding by \(cropPadding)") }
    if flips { words.append("flipped") }
    if let affine {
      words.append(
        "turned by up to \(affine.degrees)°, shifted by \(affine.translation), scaled by \(range(affine.scale)) "
          + "and sheared by \(affine.shear)°")
    }
    if let colors {
      words.append(
        "changed in brightness by \(colors.brightness), contrast by \(colors.contrast) and saturation by "
          + "\(colors.saturation)")
    }
    if let erasing {
      words.append("erased in parts of \(range(erasing.share)) with probability \(erasing.probability)")
    }
    return words.isEmpty ? nil : words.joined(separator: " and ")
  }
}

/// What is done to the planes of one sample.
package struct PlaneChanges: Sendable {
  /// Where the crop lies, and whether it is mirrored.
  package var placement = Augmentation.Placement.identity
  /// How the image is then turned; nil for not at all.
  package var affine: AffineChange?
  /// How its colors then change; nil for not at all.
  package var colors: ColorChange?
  /// The rectangle of the written values that is 0; nil for none.
  package var erased: PixelBox?

  /// Makes changes; by default none.
  package init(
    placement: Augmentation.Placement = .identity, affine: AffineChange? = nil, colors: ColorChange? = nil,
    erased: PixelBox? = nil
  ) {
    (self.placement, self.affine, self.colors, self.erased) = (placement, affine, colors, erased)
  }
}

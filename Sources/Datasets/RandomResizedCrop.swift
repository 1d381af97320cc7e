import Mistakes
import Randomness

/// A random part of an image, resized to the size that a model sees: torchvision's `RandomResizedCrop`.
///
/// Szegedy et al. 2014, arXiv:1409.4842, section 6. The ratio of width to height lies between 3/4 and 4/3, its logarithm drawn
/// evenly; where ten draws do not fit into the image, the largest part in the middle with such a ratio is taken.
public struct RandomResizedCrop: Hashable, Sendable {
  /// The shares of the image's area that are drawn from, evenly; > 0 and at most 1.
  public var share: ClosedRange<Double>

  /// Makes a crop; by default of 8 to 100 % of the area.
  public init(share: ClosedRange<Double> = 0.08...1) {
    require(share.lowerBound > 0 && share.upperBound <= 1, "no part of an image has a share of \(share)")
    self.share = share
  }

  private static let ratios = (0.75, 4.0 / 3)
  /// The logarithms of 3/4 and 4/3.
  private static let logarithm = -0.287_682_072_451_780_9...0.287_682_072_451_780_9

  /// The part of a sample's image that is taken in an epoch.
  package func box(seed: UInt64, epoch: Int, sample: Int, of size: PixelSize) -> PixelBox {
    box(of: size, AugmentationDraw(seed: seed, purpose: .resizedCrop, epoch: epoch, sample: sample))
  }

  /// The part that is taken: drawn in the order share, ratio, row, column.
  package func box(of size: PixelSize, _ draw: AugmentationDraw) -> PixelBox {
    let area = Double(size.height * size.width)
    for _ in 0..<10 {
      let target = area * draw.uniform(share)
      let ratio = ElementaryFunctions.exponential(draw.uniform(Self.logarithm))
      let width = Int((target * ratio).squareRoot().rounded(.toNearestOrEven))
      let height = Int((target / ratio).squareRoot().rounded(.toNearestOrEven))
      if (1...size.width).contains(width), (1...size.height).contains(height) {
        let top = draw.integer(size.height - height + 1)
        return PixelBox(
          top: top, left: draw.integer(size.width - width + 1), height: height, width: width)
      }
    }
    let ratio = Double(size.width) / Double(size.height)
    var (height, width) = (size.height, size.width)
    if ratio < Self.ratios.0 {
      height = Int((Double(width) / Self.ratios.0).rounded(.toNearestOrEven))
    } else if ratio > Self.ratios.1 {
      width = Int((Double(height) * Self.ratios.1).rounded(.toNearestOrEven))
    }
    return PixelBox(
      top: (size.height - height) / 2, left: (size.width - width) / 2, height: height, width: width)
  }
}

import Mistakes
import Randomness

/// A random rectangle of what a model sees that is set to 0, behind the normalization: torchvision's `RandomErasing`.
///
/// Zhong et al. 2017, arXiv:1708.04896, with 0 for random values. The ratio of height to width lies between 0.3 and 3.3, its
/// logarithm drawn evenly; where ten draws do not fit into the image, nothing is erased.
public struct RandomErasing: Hashable, Sendable {
  /// The share of the samples that lose a rectangle, 0 to 1.
  public var probability: Double
  /// The shares of the image's area that are drawn from, evenly; > 0 and at most 1.
  public var share: ClosedRange<Double>

  /// Makes an erasing; by default of 2 to 33 % of the area.
  public init(probability: Double, share: ClosedRange<Double> = 0.02...0.33) {
    require(
      (0...1).contains(probability) && share.lowerBound > 0 && share.upperBound <= 1,
      "no part of an image has a share of \(share) with the probability \(probability)")
    self.probability = probability
    self.share = share
  }

  /// The logarithms of 0.3 and 3.3.
  private static let logarithm = -1.203_972_804_325_936...1.193_922_468_472_434_6

  /// The rectangle that a sample loses in an epoch; nil for none.
  func box(seed: UInt64, epoch: Int, sample: Int, of size: PixelSize) -> PixelBox? {
    let draw = AugmentationDraw(seed: seed, purpose: .erasing, epoch: epoch, sample: sample)
    return draw.uniform(0...1) < probability ? box(of: size, draw) : nil
  }

  /// The rectangle: drawn in the order share, ratio, row, column.
  package func box(of size: PixelSize, _ draw: AugmentationDraw) -> PixelBox? {
    let area = Double(size.height * size.width)
    for _ in 0..<10 {
      let target = area * draw.uniform(share)
      let ratio = ElementaryFunctions.exponential(draw.uniform(Self.logarithm))
      let height = Int((target * ratio).squareRoot().rounded(.toNearestOrEven))
      let width = Int((target / ratio).squareRoot().rounded(.toNearestOrEven))
      guard height < size.height, width < size.width else { continue }
      let top = draw.integer(size.height - height + 1)
      return PixelBox(top: top, left: draw.integer(size.width - width + 1), height: height, width: width)
    }
    return nil
  }
}

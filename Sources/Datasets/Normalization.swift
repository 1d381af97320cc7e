import Mistakes

/// The affine map (x − mean) ÷ deviation of each channel, as torchvision's `Normalize`.
public struct Normalization: Sendable, Equatable {
  /// What is subtracted from each channel, in units of full intensity (pixel ÷ 255).
  public let mean: [Float]
  /// What each channel is then divided by, in the same units.
  public let deviation: [Float]

  /// Makes the map of one mean and one deviation a channel.
  ///
  /// - Parameters:
  ///   - mean: the means, one a channel.
  ///   - deviation: the standard deviations, as many, each positive.
  public init(mean: [Float], deviation: [Float]) {
    require(
      mean.count == deviation.count, "\(mean.count) means and \(deviation.count) deviations do not pair")
    require(mean.allSatisfy(\.isFinite), "means \(mean) are not all finite")
    require(
      deviation.allSatisfy { $0.isFinite && $0 > 0 }, "deviations \(deviation) are not all positive")
    self.mean = mean
    self.deviation = deviation
  }
}

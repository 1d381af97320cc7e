import Mistakes

/// Samples with their targets, for a regression.
public struct RegressionData: Hashable, Sendable {
  /// The features of a sample, ≥ 0.
  public let featureCount: Int
  /// The features: [samples, features], row by row.
  public let features: [Double]
  /// The target of each sample; in a classification a class counted from 0.
  public let targets: [Double]

  /// The number of samples, ≥ 1.
  public var sampleCount: Int { targets.count }

  /// Takes over samples row by row, once it is sure that all their numbers are finite.
  ///
  /// - Parameters:
  ///   - features: samples · `featureCount` numbers, row by row, all finite.
  ///   - featureCount: the features of a sample, ≥ 0.
  ///   - targets: a finite number for each sample.
  /// - Throws: ``MinimizationError/noSamples``,
  ///   ``MinimizationError/featureCountMismatch(found:samples:features:)``,
  ///   ``MinimizationError/featureNotFinite(sample:feature:value:)``,
  ///   ``MinimizationError/targetNotFinite(sample:value:)``.
  public init(features: [Double], featureCount: Int, targets: [Double]) throws(MinimizationError) {
    require(featureCount >= 0, "a sample cannot have \(featureCount) features")
    guard !targets.isEmpty else { throw .noSamples }
    guard features.count == targets.count * featureCount else {
      throw .featureCountMismatch(found: features.count, samples: targets.count, features: featureCount)
    }
    if let index = features.firstIndex(where: { !$0.isFinite }) {
      throw .featureNotFinite(
        sample: index / featureCount, feature: index % featureCount, value: features[index])
    }
    if let index = targets.firstIndex(where: { !$0.isFinite }) {
      throw .targetNotFinite(sample: index, value: targets[index])
    }
    self.features = features
    self.featureCount = featureCount
    self.targets = targets
  }
}

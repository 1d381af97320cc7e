/// How a model's answers fit the values of a data set, output by output.
///
/// Sums run along the canonical tree within a batch and batch by batch, so that they are the same bits for any number of ranks.
public struct ValueScores: Hashable, Sendable {
  /// The number of samples.
  public let sampleCount: Int
  /// The mean of the squared residuals, by output.
  public let meanSquaredErrors: [Double]
  /// The mean of the absolute residuals, by output.
  public let meanAbsoluteErrors: [Double]
  /// The coefficient of determination by output: 1 − Σ (y − ŷ)² / Σ (y − ȳ)², at most 1; nil where all targets are equal.
  public let determinations: [Double?]

  /// The mean coefficient of determination R² over the outputs that have one; nil if none has.
  public var meanDetermination: Double? {
    let known = determinations.compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }

  /// - Parameters:
  ///   - squares: the sums of squared residuals, by output.
  ///   - absolutes: the sums of absolute residuals, by output.
  ///   - spreads: the sums of the targets' squared distances from their mean, by output.
  init(sampleCount: Int, squares: [Double], absolutes: [Double], spreads: [Double]) {
    self.sampleCount = sampleCount
    meanSquaredErrors = squares.map { $0 / Double(sampleCount) }
    meanAbsoluteErrors = absolutes.map { $0 / Double(sampleCount) }
    determinations = zip(squares, spreads).map { $1 > 0 ? 1 - $0 / $1 : nil }
  }
}

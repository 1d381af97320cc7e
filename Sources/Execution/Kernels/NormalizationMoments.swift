/// The moments of a normalization's input: count, means, sums of squared deviations.
///
/// Where the first channels are the input of another normalization, which has their moments, only those of the others
/// are measured.
struct NormalizationMoments {
  /// The moments of the measured channels, the last ones.
  let measured: UnsafeMutablePointer<Double>
  /// The number of the measured channels.
  let measuredChannels: Int
  /// The moments of the channels before them; nil where all are measured.
  let known: UnsafePointer<Double>?
  /// The number of the channels before the measured ones.
  let knownChannels: Int
  /// The moments of all channels; the measured ones where these are all.
  let all: UnsafeMutablePointer<Double>

  /// Brings the moments of all channels together, once those of the measured ones are there.
  func complete() -> UnsafePointer<Double> {
    guard let known else { return UnsafePointer(measured) }
    all[0] = measured[0]
    for half in 0..<2 {
      let target = all + 1 + half * (knownChannels + measuredChannels)
      target.update(from: known + 1 + half * knownChannels, count: knownChannels)
      (target + knownChannels).update(from: measured + 1 + half * measuredChannels, count: measuredChannels)
    }
    return UnsafePointer(all)
  }
}

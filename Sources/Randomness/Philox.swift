import Mistakes

/// A counter-based random generator: Philox4x32-10.
///
/// A stream is named by a seed, a purpose and up to two indices; its numbers depend on nothing else, neither
/// on time nor on the process that draws them. Two streams with different names are statistically
/// independent.
///
/// ```swift
/// var random = Philox(seed: 0, purpose: .shuffle, epoch)
/// let order = random.permutation(count: 60_000)
/// ```
///
/// Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011,
/// doi:10.1145/2063384.2063405.
public struct Philox: RandomNumberGenerator, Sendable {
  /// What a stream is drawn for; streams of different purposes never coincide.
  public enum Purpose: UInt32, Sendable {
    /// Initial values of a parameter; the first index is the parameter's position in the model.
    case initialization = 1
    /// The order of the samples in an epoch; the first index is the epoch.
    case shuffle = 2
    /// Augmentation of a sample; the indices are epoch and sample.
    case augmentation = 3
    /// Synthetic data; the indices are the split and the sample.
    case synthesis = 4
    /// Random inputs of tests and benchmarks.
    case test = 5
    /// Random vectors for the products of an operator; the first index is the use.
    case probe = 6
    /// Noise on a gradient; the index is the step.
    case gradientNoise = 7
    /// Signs that estimate the diagonal of a Hessian; the indices are step and probe.
    case hessianDiagonal = 8
    /// Places of a test of convexity; the indices are 0 for segments or 1 for points, and the sample.
    case convexity = 9
    /// The microshard of a step that is verified, and who does it; the index is the step.
    case verification = 10
    /// What a dropout leaves out; the indices are the step and the sample's position in the batch.
    case dropout = 11
    /// Which samples are kept back: the first index is 0 for rows of a table for testing, 1 for training samples for validation.
    case split = 12
    /// The part of a sample's image that is taken; the indices are epoch and sample, as of all augmentation.
    case resizedCrop = 13
    /// How a sample's image is turned, shifted, scaled and sheared.
    case affine = 14
    /// How the colors of a sample's image change.
    case colors = 15
    /// The rectangle of a sample's image that is erased.
    case erasing = 16
  }

  private var key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>
  private var block = SIMD4<UInt32>()
  private var used = 4

  /// Opens the stream that `seed`, `purpose` and the indices name, at its first number.
  ///
  /// - Parameters:
  ///   - seed: the seed of the run.
  ///   - purpose: what the numbers are for.
  ///   - first: an index, 0 to 2³² − 1 (an epoch, a parameter, a split).
  ///   - second: an index, 0 to 2³² − 1 (a sample).
  public init(seed: UInt64, purpose: Purpose, _ first: Int = 0, _ second: Int = 0) {
    require(
      UInt32(exactly: first) != nil && UInt32(exactly: second) != nil,
      "the indices of a stream are 0 to 4294967295, not \(first) and \(second)")
    let low = UInt32(truncatingIfNeeded: seed)
    let high = UInt32(truncatingIfNeeded: seed >> 32)
    key = SIMD2(low, high)
    // The block number is the first word: 2³² blocks of four numbers a stream.
    counter = SIMD4(0, purpose.rawValue, UInt32(first), UInt32(second))
  }

  /// The ten rounds of the generator on one counter block.
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = counter.x.multipliedFullWidth(by: 0xD251_1F53)
      let second = counter.z.multipliedFullWidth(by: 0xCD9E_8D57)
      counter = SIMD4(
        second.high ^ counter.y ^ key.x, second.low, first.high ^ counter.w ^ key.y, first.low)
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return counter
  }

  /// Leaves out blocks of four numbers; none of the block that the latest number came from is left then.
  package mutating func skip(blocks: UInt32) {
    counter.x &+= blocks
    used = 4
  }

  /// The next 32 random bits.
  public mutating func nextWord() -> UInt32 {
    if used == 4 {
      block = Self.block(counter: counter, key: key)
      counter.x &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return low | UInt64(nextWord()) << 32
  }

  /// A number in [0, 1), a multiple of 2⁻²⁴.
  public mutating func uniform() -> Float {
    Float(nextWord() >> 8) * 0x1p-24
  }

  /// A number in [lower, upper], one of 2²⁴ evenly spaced ones; only rounding makes it `upper`.
  public mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
    lower + (upper - lower) * uniform()
  }

  /// A number in [0, 1), a multiple of 2⁻⁵³.
  public mutating func uniformDouble() -> Double {
    Double(next() >> 11) * 0x1p-53
  }
}

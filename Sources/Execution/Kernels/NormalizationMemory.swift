/// The statistics of one batch normalization: what its kernels write, what is made of the sums, what they read.
///
/// With global statistics the coefficients are shared by all microshards; with ghost batch norm each has its own.
/// All arrays have one element per channel and are padded with zeros to whole blocks.
struct NormalizationMemory {
  /// Coefficients that follow from the statistics.
  struct Coefficients {
    /// The mean, rounded.
    var mean: UnsafeMutablePointer<Float>
    /// What the mean lost when it was rounded: mean − rounded mean.
    var meanError: UnsafeMutablePointer<Float>
    var inverseDeviation: UnsafeMutablePointer<Float>
    /// γ / √(variance + ε).
    var scale: UnsafeMutablePointer<Float>
    /// y = f(scale · (x − rounded mean) + shift).
    var shift: UnsafeMutablePointer<Float>
    /// dx = scale · dz + slope · (x − rounded mean) + offset.
    var slope: UnsafeMutablePointer<Float>
    var offset: UnsafeMutablePointer<Float>

    /// The number of arrays above.
    static let arrayCount = 7

    init(_ base: UnsafeMutablePointer<Float>, stride: Int) {
      mean = base
      inverseDeviation = base + stride
      scale = base + 2 * stride
      slope = base + 3 * stride
      offset = base + 4 * stride
      shift = base + 5 * stride
      meanError = base + 6 * stride
    }
  }

  var coefficients: Coefficients
  /// The moments of the microshard's input.
  var moments: NormalizationMoments
  /// The microshard's Σ dz and Σ dz·x̂.
  var backwardSums: UnsafeMutablePointer<Double>
  /// Whether the microshard is normalized by its own statistics (ghost batch norm).
  var isOwn: Bool
}

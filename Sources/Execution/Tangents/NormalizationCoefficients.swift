/// What the sums over the normalized samples make of a batch normalization and its derivative, channel by channel.
///
/// With N elements a channel, mean μ, inverse deviation s = 1/√(variance + ε) and x̂ = (x − μ) s:
///
///     y = γ x̂ + β                          dx = γ s (g − a − x̂ b),  a = Σg / N,  b = Σg x̂ / N
///     ẏ = γ̇ x̂ + γ x̂̇ + β̇                    ȧ = Σġ / N,  ḃ = Σ(ġ x̂ + g x̂̇) / N
///     x̂̇ = s (ẋ − μ̇ − x̂ c)                  (γ s)˙ = γ̇ s − γ s² c
///     μ̇ = Σẋ / N,  c = Σẋ x̂ / N
///
/// Running statistics know nothing of the samples: μ̇, c, a, b and the derivatives of these are zero.
final class NormalizationCoefficients {
  /// The coefficients of one channel.
  struct Channel {
    var mean = 0.0
    var inverseDeviation = 0.0
    var gamma = 0.0
    var beta = 0.0
    var gammaTangent = 0.0
    var betaTangent = 0.0
    /// The derivative of the mean, μ̇.
    var meanTangent = 0.0
    /// The correlation of ẋ and x̂, c.
    var correlation = 0.0
    /// The mean of g, a.
    var gradientMean = 0.0
    /// The correlation of g and x̂, b.
    var gradientCorrelation = 0.0
    /// The derivative of a.
    var gradientMeanTangent = 0.0
    /// The derivative of b.
    var gradientCorrelationTangent = 0.0

    /// The normalized value, x̂.
    @inline(__always)
    func normalized(_ x: Float) -> Double { (Double(x) - mean) * inverseDeviation }

    /// Its derivative.
    @inline(__always)
    func normalizedTangent(_ ẋ: Float, normalized: Double) -> Double {
      inverseDeviation * (Double(ẋ) - meanTangent - normalized * correlation)
    }
  }

  private(set) var channels: [Channel]
  /// The number of elements, N.
  private var count = 0.0

  /// Makes room for as many channels.
  init(count: Int) {
    channels = Array(repeating: Channel(), count: count)
  }

  /// Takes the scales and shifts, and the part of the direction that belongs to them.
  func set(
    gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, gammaTangent: UnsafePointer<Float>,
    betaTangent: UnsafePointer<Float>
  ) {
    for index in channels.indices {
      channels[index] = Channel(
        gamma: Double(gamma[index]), beta: Double(beta[index]), gammaTangent: Double(gammaTangent[index]),
        betaTangent: Double(betaTangent[index]))
    }
  }

  /// Takes running statistics.
  func set(mean: UnsafePointer<Float>, variance: UnsafePointer<Float>, epsilon: Double) {
    for index in channels.indices {
      channels[index].mean = Double(mean[index])
      channels[index].inverseDeviation = 1 / (Double(variance[index]) + epsilon).squareRoot()
    }
  }

  /// Takes N, the means and the sums of squared deviations.
  func set(moments: UnsafePointer<Double>, epsilon: Double) {
    count = moments[0]
    guard count > 0 else { return }
    for index in channels.indices {
      channels[index].mean = moments[1 + index]
      let variance = moments[1 + channels.count + index] / count
      channels[index].inverseDeviation = 1 / (variance + epsilon).squareRoot()
    }
  }

  /// Takes Σẋ and Σẋ x̂.
  func set(tangents: UnsafePointer<Double>) {
    guard count > 0 else { return }
    for index in channels.indices {
      channels[index].meanTangent = tangents[index] / count
      channels[index].correlation = tangents[channels.count + index] / count
    }
  }

  /// Takes Σg, Σg x̂ and their derivatives.
  func set(gradients: UnsafePointer<Double>) {
    guard count > 0 else { return }
    for index in channels.indices {
      channels[index].gradientMean = gradients[index] / count
      channels[index].gradientCorrelation = gradients[channels.count + index] / count
      channels[index].gradientMeanTangent = gradients[2 * channels.count + index] / count
      channels[index].gradientCorrelationTangent = gradients[3 * channels.count + index] / count
    }
  }
}

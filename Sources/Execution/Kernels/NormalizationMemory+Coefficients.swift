extension NormalizationMemory.Coefficients {
  /// Makes the coefficients of the forward pass from moments over `moments[0]` elements a channel.
  func setForward(
    moments: UnsafePointer<Double>, gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, channels: Int,
    epsilon: Double
  ) {
    let count = moments[0]
    for channel in 0..<channels {
      let variance = moments[1 + channels + channel] / count
      set(
        channel, mean: moments[1 + channel], variance: variance, gamma: gamma[channel], beta: beta[channel],
        epsilon: epsilon)
    }
  }

  /// Makes the coefficients of the forward pass from running statistics, for evaluation.
  func setForward(
    runningMean: UnsafePointer<Float>, runningVariance: UnsafePointer<Float>, gamma: UnsafePointer<Float>,
    beta: UnsafePointer<Float>, channels: Int, epsilon: Double
  ) {
    for channel in 0..<channels {
      set(
        channel, mean: Double(runningMean[channel]), variance: Double(runningVariance[channel]),
        gamma: gamma[channel], beta: beta[channel], epsilon: epsilon)
    }
  }

  private func set(
    _ channel: Int, mean: Double, variance: Double, gamma: Float, beta: Float, epsilon: Double
  ) {
    let inverseDeviation = 1 / (variance + epsilon).squareRoot()
    self.mean[channel] = Float(mean)
    self.inverseDeviation[channel] = Float(inverseDeviation)
    scale[channel] = Float(Double(gamma) * inverseDeviation)
    // Where the deviation is small against the mean, the rounding of the mean would show in the result.
    let error = mean - Double(self.mean[channel])
    meanError[channel] = Float(error)
    shift[channel] = Float(Double(beta) - Double(gamma) * inverseDeviation * error)
  }

  /// Makes the coefficients of the backward pass from Σ dz and Σ dz·x̂ over `count` elements a channel.
  func setBackward(sums: UnsafePointer<Double>, count: Double, channels: Int) {
    for channel in 0..<channels {
      let factor = Double(scale[channel])
      let slope = -factor * Double(inverseDeviation[channel]) * sums[channels + channel] / count
      self.slope[channel] = Float(slope)
      offset[channel] = Float(-factor * sums[channel] / count - slope * Double(meanError[channel]))
    }
  }
}

import Mistakes

extension LearningRateSchedule {
  /// The learning rate of one step.
  ///
  /// With base rate η, warm-up from η₀ over T steps and n steps after it, step i has
  ///
  ///     η₀ + (η − η₀) i/T                    (i < T)
  ///     η                                    (constant)
  ///     η · factor^(number of `epochs` ≤ ⌊i / stepsPerEpoch⌋)          (step)
  ///     final + ½ (η − final) (1 + cos(π (i − T)/n))                   (cosine)
  ///
  /// - Parameters:
  ///   - step: the step i since the beginning of the run, from zero; after the end the last value stays.
  ///   - stepsPerEpoch: the number of steps in an epoch, at least one.
  ///   - epochs: the number of epochs in the run, at least one.
  public func learningRate(step: Int, stepsPerEpoch: Int, epochs: Int) -> Double {
    require(
      step >= 0 && stepsPerEpoch > 0 && epochs > 0,
      "no step \(step) in \(epochs) epochs of \(stepsPerEpoch) steps")
    let warmupSteps = (warmup?.epochs ?? 0) * stepsPerEpoch
    if let warmup, step < warmupSteps {
      return warmup.from + (baseLearningRate - warmup.from) * Double(step) / Double(warmupSteps)
    }
    switch curve {
    case .constant:
      return baseLearningRate
    case .step(let milestones, let factor):
      let epoch = step / stepsPerEpoch
      return milestones.filter { $0 <= epoch }.reduce(baseLearningRate) { rate, _ in rate * factor }
    case .cosine(let final):
      // A run that ends with its warm-up has no steps for the cosine: the rate stays at its beginning.
      let stepsAfterWarmup = epochs * stepsPerEpoch - warmupSteps
      guard stepsAfterWarmup > 0 else { return baseLearningRate }
      let progress = Double(step - warmupSteps) / Double(stepsAfterWarmup)
      return final + (baseLearningRate - final) * (1 + cosineOfPi(times: min(progress, 1))) / 2
    }
  }
}

/// cos(π x) for 0 ≤ x ≤ 1, to within 2⁻⁵¹ of the true value.
///
/// The C library's cosine differs in its last bit between versions and processors, and the learning rate enters
/// every weight. This one consists of operations that IEEE 754 rounds in one way only.
package func cosineOfPi(times x: Double) -> Double {
  if x > 0.5 { return -cosineOfPi(times: 1 - x) }
  let square = (Double.pi * x) * (Double.pi * x)
  // Horner's rule on 1 − θ²/2! + θ⁴/4! − …; at θ = π/2 the first term left out is below 10⁻¹⁸.
  return stride(from: 22.0, to: 0, by: -2).reduce(1) { sum, order in
    1 - square / (order * (order - 1)) * sum
  }
}

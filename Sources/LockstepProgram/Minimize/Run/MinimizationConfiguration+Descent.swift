import Minimization

extension MinimizationConfiguration {
  /// The steps that use each sample once; nil where there are no samples, or where each step is a problem of its own.
  ///
  /// - Parameter sampleCount: the samples of the objective; nil if it has none.
  func stepsPerEpoch(sampleCount: Int?) -> Int? {
    guard let sampleCount else { return nil }
    switch method {
    case .stochastic(_, .minibatch(let size)): return (sampleCount + size - 1) / size
    case .constrained: return nil
    default: return 1
    }
  }

  /// The steps of the run at most.
  func stepLimit(sampleCount: Int?) -> Int {
    switch length {
    case .steps(let count): count
    case .epochs(let count): count * (stepsPerEpoch(sampleCount: sampleCount) ?? 1)
    }
  }

  /// The loop without constraints; nil for methods that are for constraints.
  func minimizer(sampleCount: Int?) -> Minimizer? {
    let descent: any DescentMethod
    switch method {
    case .gradientDescent(let rule): descent = GradientDescent(rule)
    case .newton(let rule, let indefinite): descent = Newton(rule, indefinite: indefinite)
    case .newtonConjugateGradients(let rule, let limit):
      descent = NewtonConjugateGradients(rule, productLimit: limit)
    case .diagonalPreconditioning(let rule, let probeCount):
      let diagonal: DiagonalPreconditioning.Diagonal =
        if let probeCount { .estimated(probeCount: probeCount, seed: UInt64(seed)) } else { .exact }
      descent = DiagonalPreconditioning(rule, diagonal: diagonal)
    case .stochastic(let rate, let estimate):
      descent = StochasticGradientDescent(
        learningRate: rate, estimate: estimate, seed: UInt64(seed),
        evaluationInterval: evaluateEvery ?? stepsPerEpoch(sampleCount: sampleCount) ?? 1)
    case .projectedGradient, .constrained: return nil
    }
    return Minimizer(
      method: descent, gradientTolerance: tolerance, stepLimit: stepLimit(sampleCount: sampleCount))
  }
}

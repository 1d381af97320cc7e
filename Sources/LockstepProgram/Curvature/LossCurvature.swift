import Execution
package import Minimization

/// The mean loss of a network around its parameters: gradient, extreme eigenvalues and trace of the Hessian.
///
/// Products with the Hessian are differences of gradients (`HessianDifference`), whose error goes into every number
/// and verdict. All ranks do the same operations on the same bits.
package struct LossCurvature {
  /// The mean loss.
  package let loss: Double
  /// The parameters θ, in the order of `Executor.parameterVector()`.
  package let parameters: [Double]
  /// The gradient of the loss, in the same order.
  package let gradient: [Double]
  /// The distance of the points of a difference from θ.
  package let differenceStep: Double
  /// An estimate of the error's norm in the product with a vector of length one.
  package let productError: Double
  /// The Ritz values; their bounds know nothing of the error of the products.
  package let spectrum: Lanczos.Result
  /// The trace of the Hessian.
  package let trace: TraceEstimate

  /// Examines the loss around the executor's parameters, which it leaves as they are, as it does the running
  /// statistics.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - stepLimit: the most products of Lanczos' method, ≥ 1; it ends before where its bounds are below the error of
  ///     the products.
  ///   - probeCount: the products for the trace, ≥ 2.
  ///   - seed: names the random vectors.
  /// - Throws: ``LossNotFinite``, `OperatorError` or `LinearAlgebraError`, on all ranks alike, if numbers are not
  ///   finite; what ``LossGradient`` throws.
  package init(_ lossGradient: LossGradient, stepLimit: Int, probeCount: Int, seed: UInt64) throws {
    let executor = lossGradient.executor
    let state = try executor.state()
    parameters = try executor.parameterVector().map { Double($0) }
    (loss, gradient) = try lossGradient(at: parameters)
    guard loss.isFinite, (parameters + gradient).allSatisfy(\.isFinite) else {
      throw LossNotFinite(loss: loss)
    }
    let hessian = try HessianDifference(
      at: parameters, precision: Double(Float.ulpOfOne), seed: seed
    ) { try lossGradient(at: $0).gradient }
    differenceStep = hessian.step
    productError = hessian.productError
    let tolerance = hessian.scale > 0 ? hessian.productError / hessian.scale : 0
    spectrum = try Lanczos(stepLimit: stepLimit, tolerance: tolerance, storage: .single, seed: seed)
      .eigenvalues(dimension: parameters.count, product: hessian.product)
    trace = try TraceEstimate(
      dimension: parameters.count, probeCount: probeCount, seed: seed, product: hessian.product)
    try executor.load(state)
  }

  /// The largest magnitude of the eigenvalues that were found.
  private var largestMagnitude: Double {
    max(abs(spectrum.smallest.value), abs(spectrum.largest.value))
  }

  /// How far an eigenvalue may be off by the error of the products and the rounding of Lanczos' vectors.
  private var noise: Double { productError + Double(Float.ulpOfOne) * largestMagnitude }

  /// How far an eigenvalue may be off: the bound of Lanczos' method, the error of the products, and rounding.
  package func error(of value: Lanczos.RitzValue) -> Double { value.errorBound + noise }

  /// What kind of stationary point θ is, if it is one; as far as the error of the products allows to tell.
  ///
  /// Ritz values lie between the extreme eigenvalues: one of each sign is enough for a saddle, while a minimum needs
  /// the smallest eigenvalue within its bound. An eigenvalue counts as zero up to the error of the products and
  /// rounding.
  package var point: StationaryPoint {
    let (smallest, largest) = (spectrum.smallest, spectrum.largest)
    let kind = StationaryPoint(
      smallestEigenvalue: smallest.value, largestEigenvalue: largest.value,
      tolerance: largestMagnitude > 0 ? noise / largestMagnitude : 0)
    switch kind {
    case .minimum where smallest.value - error(of: smallest) <= 0: return .degenerate
    case .maximum where largest.value + error(of: largest) >= 0: return .degenerate
    default: return kind
    }
  }

  /// The least distance from θ to a point where the gradient vanishes, ‖g‖ / max |λ|, as the loss curves at θ;
  /// infinite where it does not.
  package var distanceToStationarity: Double {
    let norm = LayerGradient.norm(gradient[...])
    return norm == 0 ? 0 : norm / largestMagnitude
  }

  /// Whether θ is as good as stationary: the gradient is no larger than the rounding in the differences of gradients,
  /// the error of a product times the step.
  ///
  /// That ‖g‖ / max |λ| is small proves nothing: it bounds the distance to a stationary point from below.
  package var isStationary: Bool { LayerGradient.norm(gradient[...]) <= productError * differenceStep }

  /// How far the trace may be off: the standard error of the probes, and the error of the products, of which each probe
  /// sees about √n ‖e‖.
  package var traceError: Double {
    let products = productError * (Double(parameters.count) / Double(trace.probeCount)).squareRoot()
    return (trace.standardError * trace.standardError + products * products).squareRoot()
  }

  /// The gradients that all this takes at most, a pass over the samples each.
  ///
  /// - Parameters:
  ///   - stepLimit: the most products of Lanczos' method.
  ///   - probeCount: the products for the trace.
  package static func passCount(stepLimit: Int, probeCount: Int) -> Int {
    1 + 2 * (HessianDifference.trialCount + stepLimit + probeCount)
  }

  /// The bytes that all this takes on a rank beside the executor: Lanczos' vectors, and all others.
  ///
  /// - Parameters:
  ///   - parameterCount: n.
  ///   - stepLimit: k: as many vectors of n `Float`s are kept.
  package static func byteCounts(parameterCount: Int, stepLimit: Int) -> (lanczos: Int, others: Int) {
    // At most ten vectors of Doubles at a time: θ, two points and two gradients of a difference, Lanczos' own.
    (4 * parameterCount * min(stepLimit, parameterCount), 80 * parameterCount)
  }
}

/// A loss has no curvature: it, its gradient or a parameter is not finite.
package struct LossNotFinite: Error, CustomStringConvertible {
  /// The loss.
  package let loss: Double

  /// One line.
  package var description: String {
    "the loss is \(loss); it, its gradient and all parameters must be finite to have a curvature"
  }
}

import Execution
package import Minimization
import Randomness

/// The mean loss of a network around its parameters: gradient, extreme eigenvalues and trace of the Hessian.
///
/// Products with the Hessian are exact but for rounding; how far that makes them be off is estimated
/// (`OperatorRounding`), and goes into every number and verdict. All ranks do the same operations on the same bits.
package struct LossCurvature {
  /// The mean loss.
  package let loss: Double
  /// The parameters θ, in the order of `Executor.parameterVector()`.
  package let parameters: [Double]
  /// The gradient of the loss, in the same order.
  package let gradient: [Double]
  /// By how much the gradient changes where every parameter moves to a neighbouring single, as a norm.
  package let gradientError: Double
  /// How far products are off.
  package let rounding: OperatorRounding
  /// The Ritz values; their bounds know nothing of the rounding of the products.
  package let spectrum: Lanczos.Result
  /// The trace of the Hessian.
  package let trace: TraceEstimate

  /// Examines the loss around the executor's parameters, which it leaves as they are, as it does the running
  /// statistics.
  ///
  /// Every rank must call this.
  ///
  /// - Parameters:
  ///   - stepLimit: the most products of Lanczos' method, ≥ 1; it ends before where it has converged to the error of the
  ///     products.
  ///   - probeCount: the products for the trace, ≥ 2.
  ///   - seed: names the random vectors.
  /// - Throws: ``LossNotFinite``, `OperatorError` or `LinearAlgebraError`, on all ranks alike, if numbers are not
  ///   finite; what ``LossGradient`` throws.
  package init(_ hessian: LossHessian, stepLimit: Int, probeCount: Int, seed: UInt64) throws {
    let executor = hessian.gradient.executor
    let state = try executor.state()
    let point = try executor.parameterVector()
    parameters = point.map { Double($0) }
    (loss, gradient) = try hessian.gradient(at: point)
    guard loss.isFinite, (parameters + gradient).allSatisfy(\.isFinite) else {
      throw LossNotFinite(loss: loss)
    }
    func product(_ vector: [Double]) throws -> [Double] { try hessian.product(at: point, with: vector) }
    var gradientError = 0.0
    for neighbour in 0..<OperatorRounding.neighbourCount {
      let moved = try hessian.gradient(at: Self.neighbour(of: point, neighbour, seed: seed)).gradient
      gradientError = max(gradientError, LayerGradient.norm(zip(moved, gradient).map { $0 - $1 }[...]))
    }
    self.gradientError = gradientError
    rounding = try OperatorRounding(
      dimension: point.count, precision: Double(Float.ulpOfOne), seed: seed
    ) { vector, neighbour in
      guard let neighbour else { return try product(vector) }
      return try hessian.product(at: Self.neighbour(of: point, neighbour, seed: seed), with: vector)
    }
    let tolerance = rounding.scale > 0 ? rounding.productError / rounding.scale : 0
    spectrum = try Lanczos(stepLimit: stepLimit, tolerance: tolerance, storage: .single, seed: seed)
      .eigenvalues(dimension: point.count, product: product)
    trace = try TraceEstimate(
      dimension: point.count, probeCount: probeCount, seed: seed, product: product)
    try executor.load(state)
  }

  /// Each parameter moved to the next single above or below it, at random; a zero stays.
  private static func neighbour(of point: [Float], _ number: Int, seed: UInt64) -> [Float] {
    var random = Philox(seed: seed, purpose: .probe, 3, number)
    return point.map { parameter in
      let goesUp = random.nextWord() & 1 == 0
      return parameter == 0 ? 0 : goesUp ? parameter.nextUp : parameter.nextDown
    }
  }

  /// The largest magnitude of the eigenvalues that were found.
  private var largestMagnitude: Double {
    max(abs(spectrum.smallest.value), abs(spectrum.largest.value))
  }

  /// How far an eigenvalue may be off by the rounding of the products and of Lanczos' vectors.
  private var noise: Double { rounding.productError + Double(Float.ulpOfOne) * largestMagnitude }

  /// Within how much of a Ritz value there is an eigenvalue: the bound of Lanczos' method, and rounding.
  package func error(of value: Lanczos.RitzValue) -> Double { value.errorBound + noise }

  /// Below what all eigenvalues lie, with a probability of 99 % for this and ``leastEigenvalue`` together; infinite after
  /// too few products.
  package var mostEigenvalue: Double {
    spectrum.largest.value + max(error(of: spectrum.largest), spectrum.overlooked + noise)
  }

  /// Above what all eigenvalues lie.
  package var leastEigenvalue: Double {
    spectrum.smallest.value - max(error(of: spectrum.smallest), spectrum.overlooked + noise)
  }

  /// What kind of stationary point θ is, if it is one; as far as rounding and the number of products allow to tell.
  ///
  /// Ritz values lie between the extreme eigenvalues: one of each sign is enough for a saddle, while a minimum needs that
  /// no negative eigenvalue can have been overlooked. An eigenvalue counts as zero up to the error of the products and
  /// rounding.
  package var point: StationaryPoint {
    let kind = StationaryPoint(
      smallestEigenvalue: spectrum.smallest.value, largestEigenvalue: spectrum.largest.value,
      tolerance: largestMagnitude > 0 ? noise / largestMagnitude : 0)
    switch kind {
    case .minimum where leastEigenvalue <= 0: return .degenerate
    case .maximum where mostEigenvalue >= 0: return .degenerate
    default: return kind
    }
  }

  /// The least distance from θ to a point where the gradient vanishes, ‖g‖ / max |λ|, as the loss curves at θ;
  /// infinite where it does not.
  package var distanceToStationarity: Double {
    let norm = LayerGradient.norm(gradient[...])
    return norm == 0 ? 0 : norm / largestMagnitude
  }

  /// Whether θ is as good as stationary: the gradient is no larger than what moving every parameter to a neighbouring
  /// single makes of it.
  ///
  /// That ‖g‖ / max |λ| is small proves nothing: it bounds the distance to a stationary point from below.
  package var isStationary: Bool { LayerGradient.norm(gradient[...]) <= gradientError }

  /// Half the width of the interval that holds the trace in 95 of 100 cases: that of the probes, and the rounding of the
  /// products, which is much the same for all of them.
  package var traceError: Double {
    let spread = Self.halfWidth(of: trace)
    return (spread * spread + rounding.probeError * rounding.probeError).squareRoot()
  }

  /// Half the width of the 95 % interval of the probes; 90 % where one eigenvalue far exceeds the others, since probes are
  /// not normal there.
  package static func halfWidth(of trace: TraceEstimate) -> Double {
    trace.standardError * StudentT.twoSidedQuantile(0.95, degrees: trace.probeCount - 1)
  }

  /// The passes over the samples that all this takes at most.
  ///
  /// - Parameters:
  ///   - stepLimit: the most products of Lanczos' method.
  ///   - probeCount: the products for the trace.
  package static func passCounts(stepLimit: Int, probeCount: Int) -> (products: Int, gradients: Int) {
    (OperatorRounding.productCount + stepLimit + probeCount, 1 + OperatorRounding.neighbourCount)
  }

  /// The bytes that all this takes on a rank beside the executor and its products: Lanczos' vectors, and all others.
  ///
  /// - Parameters:
  ///   - parameterCount: n.
  ///   - stepLimit: k: as many vectors of n `Float`s are kept.
  package static func byteCounts(parameterCount: Int, stepLimit: Int) -> (lanczos: Int, others: Int) {
    // At most ten vectors of Doubles at a time: θ, the gradient, a vector and its products, Lanczos' own.
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

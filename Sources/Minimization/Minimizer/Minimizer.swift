import Mistakes

/// The one loop of all methods: evaluate, report, stop or step.
///
/// ```swift
/// let minimizer = Minimizer(method: GradientDescent(.fixed(0.2)), stepLimit: 10)
/// let result = try minimizer.minimize(ScalarFunction.square, from: [10]) { print($0.step, $0.x) }
/// print(result.outcome, result.last.x)
/// ```
///
/// Over the data of several ranks all ranks must call this, with the same arguments: every decision depends
/// only on numbers that are the same bits on all of them.
public struct Minimizer {
  /// How a step is found.
  public var method: any DescentMethod
  /// The norm of the gradient at which to stop, ≥ 0.
  public var gradientTolerance: Double
  /// The steps to take at most, ≥ 0.
  public var stepLimit: Int

  /// Takes steps by `method` until the norm of the gradient is within the tolerance, or all steps are taken.
  public init(method: any DescentMethod, gradientTolerance: Double = 0, stepLimit: Int) {
    require(gradientTolerance >= 0, "a tolerance of \(gradientTolerance) is not ≥ 0")
    require(stepLimit >= 0, "no run has \(stepLimit) steps")
    self.method = method
    self.gradientTolerance = gradientTolerance
    self.stepLimit = stepLimit
  }

  /// What a run leaves.
  public struct Result: Hashable, Sendable {
    /// How it ended.
    public var outcome: Outcome
    /// The last point at which everything was finite; the start if nothing was.
    public var last: Iterate
    /// 2/λ for the largest eigenvalue λ > 0 of the Hessian at ``last``: the rate above which gradient descent
    /// moves away from a minimum nearby.
    ///
    /// Nil but for gradient descent, exact or stochastic, with a fixed rate that has not converged, where no eigenvalue
    /// is negative, and for at most 256 variables: more eigenvalues would take longer than a step.
    public var learningRateLimit: Double?
  }

  /// Minimizes an objective.
  ///
  /// - Parameters:
  ///   - objective: n variables.
  ///   - start: n elements.
  ///   - observer: sees each point at which the objective is evaluated, if everything is finite there: the
  ///     start, then each ``DescentMethod/evaluationInterval`` steps, and the last.
  /// - Throws: ``MinimizationError`` for a start that does not fit and a method that asks for more than the
  ///   objective has; what the objective and the observer throw.
  public func minimize(
    _ objective: any Objective, from start: [Double], observer: (Iterate) throws -> Void = { _ in }
  ) throws -> Result {
    try check(start, objective)
    var method = self.method
    let first = try Iterate(step: 0, x: start, stepLength: 0, objective: objective)
    guard first.isFinite else { return Result(outcome: .overflowAtStart, last: first) }
    try observer(first)
    var last = first
    var growth = Growth(from: first)
    var x = start
    var outcome = try ending(of: last, objective)
    var step = 0
    while outcome == nil {
      let move: Step
      do {
        move = try method.step(step, from: x, evaluated: last, objective: objective)
      } catch {
        outcome = try Outcome(stoppedBy: error)
        continue
      }
      step += 1
      x = move.x
      guard step % method.evaluationInterval == 0 || step == stepLimit else {
        if !x.allSatisfy(\.isFinite) { outcome = .overflow }
        continue
      }
      let next = try Iterate(step: step, x: x, stepLength: move.length, objective: objective)
      guard next.isFinite else {
        outcome = .overflow
        continue
      }
      try observer(next)
      // Noise rises for some steps by chance, but seldom to a new record each time.
      growth.count(next, after: last, toRecordsOnly: method.isStochastic)
      let gain = next.gradientNorm / last.gradientNorm
      last = next
      outcome = try ending(of: last, objective)
      if outcome == nil && method.convergesQuadratically && gain > 0.5 {
        outcome = try roundingLimit(of: last, objective)
      }
    }
    return try judged(
      Result(outcome: outcome ?? .stepLimit, last: last), first: first, growth: growth.count, objective)
  }

  private func check(_ start: [Double], _ objective: any Objective) throws(MinimizationError) {
    guard start.count == objective.dimension else {
      throw .wrongDimension(found: start.count, expected: objective.dimension)
    }
    if let index = start.firstIndex(where: { !$0.isFinite }) {
      throw .startNotFinite(index: index, value: start[index])
    }
  }

  /// Whether to stop at a point.
  private func ending(of iterate: Iterate, _ objective: any Objective) throws -> Outcome? {
    if iterate.gradientNorm <= gradientTolerance,
      try method.confirms(iterate, tolerance: gradientTolerance, objective: objective)
    {
      return .converged
    }
    return iterate.step == stepLimit ? .stepLimit : nil
  }
}

/// In how many evaluations in a row value and gradient have grown.
private struct Growth {
  private(set) var count = 0
  private var (value, gradientNorm): (Double, Double)

  init(from first: Iterate) { (value, gradientNorm) = (first.value, first.gradientNorm) }

  /// Counts an evaluation that is above the last one, or above all before.
  mutating func count(_ next: Iterate, after last: Iterate, toRecordsOnly: Bool) {
    if !toRecordsOnly { (value, gradientNorm) = (last.value, last.gradientNorm) }
    count = next.value > value && next.gradientNorm > gradientNorm ? count + 1 : 0
    (value, gradientNorm) = (max(value, next.value), max(gradientNorm, next.gradientNorm))
  }
}

import Mistakes

/// Projected gradient descent: x ← P(x − η ∇f(x)), which minimizes a function over a convex set.
///
/// At a constrained minimum a step down the gradient is projected back to where it began. The projected gradient
/// residual ‖x − P(x − ∇f(x))‖ measures how far from that a point is.
///
/// Bertsekas: "Nonlinear Programming", 2nd edition, section 2.3; "On the Goldstein-Levitin-Polyak Gradient Projection
/// Method", IEEE Transactions on Automatic Control 21, 1976, doi:10.1109/TAC.1976.1101194.
public struct ProjectedGradient: Hashable, Sendable {
  /// How η is chosen: fixed, or by Armijo's rule along the arc that x − η ∇f(x) makes when it is projected.
  public var rule: StepRule
  /// The projected gradient residual at which to stop, ≥ 0.
  public var tolerance: Double
  /// The steps to take at most, ≥ 0.
  public var stepLimit: Int

  /// By default backtracks, and stops at a residual of 10⁻¹⁰ or after 10,000 steps.
  public init(_ rule: StepRule = .backtracking(), tolerance: Double = 1e-10, stepLimit: Int = 10_000) {
    require(tolerance >= 0 && stepLimit >= 0, "tolerance \(tolerance), \(stepLimit) steps: both ≥ 0")
    self.rule = rule
    self.tolerance = tolerance
    self.stepLimit = stepLimit
  }

  /// What a run leaves.
  public struct Result: Hashable, Sendable {
    /// How it ended.
    public var outcome: Outcome
    /// The last point at which everything was finite; it lies in the set.
    public var last: Iterate
    /// The projected gradient residual ‖x − P(x − ∇f(x))‖ there.
    public var residual: Double
  }

  /// Minimizes an objective over a set.
  ///
  /// - Parameters:
  ///   - objective: n variables.
  ///   - set: n dimensions.
  ///   - start: n elements; the run begins at its projection.
  ///   - observer: sees each point, from the projected start to the last.
  /// - Throws: ``MinimizationError`` for a start that does not fit, ``ConstraintError`` where a projection fails, and
  ///   what the objective and the observer throw.
  public func minimize(
    _ objective: any Objective, over set: any ConvexSet, from start: [Double],
    observer: (Iterate) throws -> Void = { _ in }
  ) throws -> Result {
    try check(start, objective, set)
    let first = try Iterate(step: 0, x: try set.project(start), stepLength: 0, objective: objective)
    guard first.isFinite else { return Result(outcome: .overflowAtStart, last: first, residual: .nan) }
    var last = first
    var (least, stepsSinceLeast) = (Double.infinity, 0)
    while true {
      try observer(last)
      let difference = sum(last.x, -1, try arc(from: last, length: 1, set))
      let residual = norm(difference)
      func ended(_ outcome: Outcome) throws -> Result {
        let limit = try roundingLimit(of: difference, at: last.x, objective, set)
        return Result(
          outcome: limit.map { .convergedToRounding($0) } ?? outcome, last: last, residual: residual)
      }
      if residual <= tolerance { return Result(outcome: .converged, last: last, residual: residual) }
      if last.step == stepLimit {
        return try ended(last.value > first.value ? .diverging(.aboveStart) : .stepLimit)
      }
      // Where rounding hides the rest, further steps lead to and fro.
      stepsSinceLeast = residual < 0.99 * least ? 0 : stepsSinceLeast + 1
      least = min(least, residual)
      if stepsSinceLeast == Self.patience {
        if let limit = try roundingLimit(of: difference, at: last.x, objective, set) {
          return Result(outcome: .convergedToRounding(limit), last: last, residual: residual)
        }
        stepsSinceLeast = 0
      }
      do {
        let next = try step(from: last, objective, set)
        guard next.isFinite else { return Result(outcome: .overflow, last: last, residual: residual) }
        last = next
      } catch let failure as LineSearchFailure {
        return try ended(.lineSearchFailed(failure))
      }
    }
  }

  private func check(
    _ start: [Double], _ objective: any Objective, _ set: any ConvexSet
  ) throws(MinimizationError) {
    require(
      set.dimension == objective.dimension,
      "a set of \(set.dimension) dimensions meets \(objective.dimension) variables")
    guard start.count == objective.dimension else {
      throw .wrongDimension(found: start.count, expected: objective.dimension)
    }
    if let index = start.firstIndex(where: { !$0.isFinite }) {
      throw .startNotFinite(index: index, value: start[index])
    }
  }

  /// The point of the projection arc at η = `length`.
  private func arc(from iterate: Iterate, length: Double, _ set: any ConvexSet) throws -> [Double] {
    try Self.arc(from: iterate.x, sum(iterate.x, -length, iterate.gradient), set)
  }

  /// The projection of a point, taken twice where the point is so far away that rounding would leave the set.
  ///
  /// A point outside has a lower value than the minimum, and no step inside would lower it further.
  private static func arc(from x: [Double], _ point: [Double], _ set: any ConvexSet) throws -> [Double] {
    let projection = try set.project(point)
    return norm(sum(point, -1, x)) > 16 * norm(projection) ? try set.project(projection) : projection
  }

  /// What keeps a residual x − P(x − ∇f(x)) from the tolerance, if that is rounding alone.
  private func roundingLimit(
    of difference: [Double], at x: [Double], _ objective: any Objective, _ set: any ConvexSet
  ) throws -> Outcome.RoundingLimit? {
    guard tolerance > 0 else { return nil }
    let rounding = try GradientRounding(at: x, reference: difference) { x in
      sum(x, -1, try Self.arc(from: x, sum(x, -1, try objective.gradient(at: x)), set))
    }
    guard rounding.hides(difference) else { return nil }
    return .init(residual: norm(difference), rounding: rounding.size, tolerance: tolerance)
  }

  private func step(
    from iterate: Iterate, _ objective: any Objective, _ set: any ConvexSet
  ) throws -> Iterate {
    func trial(_ length: Double) throws -> Iterate {
      try Iterate(
        step: iterate.step + 1, x: try arc(from: iterate, length: length, set), stepLength: length,
        objective: objective)
    }
    switch rule {
    case .fixed(let length):
      return try trial(length)
    case .backtracking(let initial, let contraction):
      var length = initial
      for _ in 0..<Self.trialLimit {
        let next = try trial(length)
        if isLowEnough(next, iterate) { return next }
        length *= contraction
      }
      throw LineSearchFailure.noDecrease(trials: Self.trialLimit, length: length)
    }
  }

  /// Armijo's condition f(y) ≤ f(x) + c ∇f(x)ᵀ(y − x), c = 10⁻⁴.
  ///
  /// Next to the minimum the values, and the slope too where the gradient does not vanish, differ by rounding only. There
  /// the change of the gradient must tell, (∇f(y) − ∇f(x))ᵀ(y − x) ≤ ‖y − x‖² / η, which for a quadratic implies the
  /// condition with c = ½, because ∇f(x)ᵀ(y − x) ≤ −‖y − x‖² / η for a projection y of x − η ∇f(x).
  private func isLowEnough(_ next: Iterate, _ iterate: Iterate) -> Bool {
    let move = sum(next.x, -1, iterate.x)
    let resolution = 1e-12 * (abs(iterate.value) + abs(dot(iterate.gradient, iterate.x)))
    if abs(next.value - iterate.value) <= resolution {
      let change = sum(next.gradient, -1, iterate.gradient)
      return dot(change, move) <= dot(move, move) / next.stepLength
    }
    return next.value <= iterate.value + Self.sufficientDecrease * dot(iterate.gradient, move)
  }

  private static let sufficientDecrease = 1e-4
  private static let trialLimit = 100
  /// The steps without progress after which rounding is suspected.
  private static let patience = 100
}

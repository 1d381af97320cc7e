/// How the next point of a minimization is found.
///
/// ``Minimizer`` copies a method before a run, so that a method may keep what belongs to the run.
public protocol DescentMethod: Sendable {
  /// The steps from one evaluation of the objective to the next, ≥ 1; more than 1 only for steps that need
  /// none.
  var evaluationInterval: Int { get }

  /// Whether a step follows an estimate of the gradient.
  var isStochastic: Bool { get }

  /// η, if all steps on this objective are x − η ∇f(x) with this same η, in the mean where gradients are estimates.
  func gradientDescentRate(for objective: any Objective) -> Double?

  /// Whether the steps shrink quadratically near a minimum, so that a gradient that no longer halves is rounding.
  var convergesQuadratically: Bool { get }

  /// Whether a point whose gradient is within the tolerance is stationary by the method's own measure, too.
  ///
  /// - Parameters:
  ///   - iterate: the point.
  ///   - tolerance: the norm of the gradient at which to stop.
  ///   - objective: what is minimized.
  func confirms(_ iterate: Iterate, tolerance: Double, objective: any Objective) throws -> Bool

  /// The step to the next point.
  ///
  /// - Parameters:
  ///   - number: the steps taken before, from 0.
  ///   - x: the point to step from, n elements.
  ///   - evaluated: the newest evaluation: of x, where ``evaluationInterval`` is 1.
  ///   - objective: what is minimized.
  /// - Throws: ``LinearAlgebraError`` or ``LineSearchFailure`` if there is no step, which ends the run with
  ///   an outcome; ``MinimizationError`` if the objective lacks what the method needs.
  mutating func step(
    _ number: Int, from x: [Double], evaluated: Iterate, objective: any Objective
  ) throws -> Step
}

extension DescentMethod {
  /// One: each step needs the gradient.
  public var evaluationInterval: Int { 1 }

  /// False.
  public var isStochastic: Bool { false }

  /// False.
  public var convergesQuadratically: Bool { false }

  /// True: the gradient is the measure.
  public func confirms(_ iterate: Iterate, tolerance: Double, objective: any Objective) throws -> Bool {
    true
  }

  /// Nil.
  public func gradientDescentRate(for objective: any Objective) -> Double? { nil }
}

/// A step of a minimization.
public struct Step: Hashable, Sendable {
  /// Where it leads, n elements.
  public var x: [Double]
  /// The factor η of its direction.
  public var length: Double

  /// The step that led to `x` with η = `length`.
  public init(x: [Double], length: Double) {
    self.x = x
    self.length = length
  }
}

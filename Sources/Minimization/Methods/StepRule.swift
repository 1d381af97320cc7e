import Foundation
import Mistakes

/// How far to go along a direction.
public enum StepRule: Hashable, Sendable {
  /// Always by the same factor η > 0.
  case fixed(Double)

  /// By the first of η, η ρ, η ρ², … that lowers the value enough: f(x + η p) ≤ f(x) + c η ∇f(x)ᵀp.
  ///
  /// Armijo's condition; Nocedal, Wright: "Numerical Optimization", 2nd edition, algorithm 3.1 with c = 10⁻⁴;
  /// Boyd, Vandenberghe: "Convex Optimization", algorithm 9.2. A value that is not finite is not low enough.
  ///
  /// - Parameters:
  ///   - initial: the first η > 0; 1 for Newton's method.
  ///   - contraction: ρ, 0 < ρ < 1.
  case backtracking(initial: Double = 1, contraction: Double = 0.5)

  /// The step from a point along a direction.
  ///
  /// - Parameters:
  ///   - direction: p, n elements.
  ///   - iterate: the point.
  ///   - objective: what is minimized.
  /// - Throws: ``LineSearchFailure``; what the objective throws.
  public func step(
    along direction: [Double], from iterate: Iterate, objective: any Objective
  ) throws -> Step {
    switch self {
    case .fixed(let length):
      require(length > 0, "a step length of \(length) is not positive")
      return Step(x: sum(iterate.x, length, direction), length: length)
    case .backtracking(let initial, let contraction):
      require(
        initial > 0 && contraction > 0 && contraction < 1,
        "backtracking from \(initial) by factors of \(contraction) does not shrink a step")
      return try backtrack(direction, iterate, objective, initial: initial, contraction: contraction)
    }
  }

  private func backtrack(
    _ direction: [Double], _ iterate: Iterate, _ objective: any Objective, initial: Double,
    contraction: Double
  ) throws -> Step {
    let slope = dot(iterate.gradient, direction)
    guard slope < 0 else { throw LineSearchFailure.notDescending(slope: slope) }
    // Next to a minimum the decrease is below the rounding of the value, and the right step must not be
    // refused; very short steps are within the rounding wherever they lead and have to prove a decrease.
    let rounding = 16 * Double.ulpOfOne * abs(iterate.value)
    var length = initial
    // Down to 2⁻¹⁰⁰ of the first length, whatever the contraction.
    let trialLimit = Int((-100 / log2(contraction)).rounded(.up))
    for _ in 0..<trialLimit {
      let x = sum(iterate.x, length, direction)
      let value = try objective.value(at: x)
      let bound = iterate.value + 1e-4 * length * slope
      if value < iterate.value && value <= bound || length >= 1e-6 * initial && value <= bound + rounding {
        return Step(x: x, length: length)
      }
      length *= contraction
    }
    throw LineSearchFailure.noDecrease(trials: trialLimit, length: length / contraction)
  }
}

/// Why a line search found no step.
public enum LineSearchFailure: Error, Hashable, Sendable {
  /// The value does not fall along the direction: ∇f(x)ᵀp is not negative.
  case notDescending(slope: Double)
  /// No length tried lowered the value enough.
  case noDecrease(trials: Int, length: Double)
}

extension LineSearchFailure: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .notDescending(let slope): "the value does not fall along the direction, whose slope is \(slope)"
    case .noDecrease(let trials, let length):
      "none of \(trials) lengths down to \(length) lowers the value enough"
    }
  }
}

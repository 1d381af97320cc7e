import Foundation

/// How a minimization ended.
public enum Outcome: Hashable, Sendable {
  /// The norm of the gradient is within the tolerance.
  case converged
  /// The gradient is as small as rounding lets it become, though not within the tolerance.
  case convergedToRounding(RoundingLimit)
  /// The objective has no minimum: its value falls for ever.
  case noMinimum(EndlessDescent)
  /// The steps allowed were taken.
  case stepLimit
  /// The steps allowed were taken, and they lead away from a minimum.
  case diverging(Divergence)
  /// A step leads to a value or a gradient that is infinite or not a number.
  case overflow
  /// Value or gradient are infinite or not a number at the start.
  case overflowAtStart
  /// A Hessian is infinite or not a number where value and gradient are finite.
  case overflowOfHessian
  /// The Hessian is singular, or not positive definite where it must be.
  case unusableHessian(LinearAlgebraError)
  /// No step along the direction lowers the value enough.
  case lineSearchFailed(LineSearchFailure)

  /// What shows that a run diverges.
  public enum Divergence: Hashable, Sendable {
    /// The learning rate of gradient descent exceeds 2/λ for the largest eigenvalue λ of a constant Hessian.
    ///
    /// A deviation along its eigenvector is multiplied by 1 − η λ < −1 in each step. Nesterov: "Introductory
    /// Lectures on Convex Optimization", 2004, section 1.2.3.
    case learningRate(Double, limit: Double)
    /// Value and gradient are larger than at the start.
    case aboveStart
    /// Value and gradient have grown in each of the last steps.
    case rising(steps: Int)
  }

  /// What keeps a run from its tolerance.
  public struct RoundingLimit: Hashable, Sendable {
    /// What the tolerance is for, such as the norm of the gradient.
    public var residual: Double
    /// By how much it changes with the last bits of the point.
    public var rounding: Double
    /// What it was to become.
    public var tolerance: Double
  }

  /// Whether the end is a minimum, as far as numbers of this precision can tell.
  public var isConverged: Bool {
    switch self {
    case .converged, .convergedToRounding: true
    default: false
    }
  }
}

extension Outcome {
  /// The outcome of a run whose method finds no step; an error that tells of something else is thrown again.
  init(stoppedBy error: any Error) throws {
    switch error {
    case LinearAlgebraError.notFinite: self = .overflowOfHessian
    case let error as LinearAlgebraError: self = .unusableHessian(error)
    case let failure as LineSearchFailure: self = .lineSearchFailed(failure)
    default: throw error
    }
  }
}

extension Outcome: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .converged: "converged"
    case .convergedToRounding(let limit): "converged: \(limit)"
    case .noMinimum(let descent): "the objective has no minimum: \(descent)"
    case .stepLimit: "step limit reached"
    case .diverging(.learningRate(let rate, let limit)):
      "diverging: learning rate \(digits(rate, 15)) exceeds 2/λmax = \(digits(limit, 6))"
    case .diverging(.aboveStart): "diverging: value and gradient are larger than at the start"
    case .diverging(.rising(let steps)): "diverging: value and gradient have grown for \(steps) steps"
    case .overflow: "overflow: a step leads to numbers that are not finite; smaller steps may help"
    case .overflowAtStart: "overflow: value or gradient are not finite at the start; begin elsewhere"
    case .overflowOfHessian: "overflow: the Hessian is not finite"
    case .unusableHessian(let error): "unusable Hessian: \(error)"
    case .lineSearchFailed(let failure): "line search failed: \(failure)"
    }
  }
}

extension Outcome.RoundingLimit: CustomStringConvertible {
  /// A part of a line.
  public var description: String {
    "rounding hides the rest, the residual is \(digits(residual, 2)) against a tolerance of \(digits(tolerance, 2)), and "
      + "the last bits of the variables change it by \(digits(rounding, 2))"
  }
}

private func digits(_ number: Double, _ count: Int) -> String { String(format: "%.\(count)g", number) }

import Foundation

/// How a minimization ended.
public enum Outcome: Hashable, Sendable {
  /// The norm of the gradient is within the tolerance.
  case converged
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
    /// A constant Hessian has a direction without positive curvature along which the value falls for ever.
    case noMinimum
    /// Value and gradient are larger than at the start.
    case aboveStart
    /// Value and gradient have grown in each of the last steps.
    case rising(steps: Int)
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
    case .stepLimit: "step limit reached"
    case .diverging(.learningRate(let rate, let limit)):
      "diverging: learning rate \(digits(rate, 15)) exceeds 2/λmax = \(digits(limit, 6))"
    case .diverging(.noMinimum):
      "diverging: the objective has no minimum, its value falls for ever where its curvature is not positive"
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

private func digits(_ number: Double, _ count: Int) -> String { String(format: "%.\(count)g", number) }

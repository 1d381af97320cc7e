import Datasets
import Minimization
import Records
import Reports

/// How a minimization ended, for the log, for scripts, and for the exit status.
struct MinimizationEnding {
  /// One word, such as `converged` or `step_limit`.
  var word: String
  /// One line.
  var text: String
  /// Whether the run has neither converged nor, as a descent, done all its steps.
  var isFailure: Bool
  /// Further members of the end event.
  var members: [(key: String, value: JSON)] = []
  /// Further lines of the log.
  var lines: [String] = []
}

extension MinimizationEnding {
  /// The end of a descent.
  ///
  /// - Parameters:
  ///   - outcome: the end.
  ///   - samples: those of a regression, whose columns are told by their names.
  init(_ outcome: Minimization.Outcome, samples: RegressionSamples? = nil) {
    text = "\(outcome)"
    (word, isFailure) =
      switch outcome {
      case .converged, .convergedToRounding: ("converged", false)
      case .noMinimum: ("no_minimum", true)
      case .stepLimit: ("step_limit", false)
      case .diverging: ("diverging", true)
      case .overflow, .overflowAtStart, .overflowOfHessian: ("overflow", true)
      case .unusableHessian: ("unusable_hessian", true)
      case .lineSearchFailed: ("line_search_failed", true)
      }
    switch outcome {
    case .convergedToRounding(let limit): members = [("rounding", .precise(limit.rounding))]
    case .noMinimum(let descent):
      if let samples { text = "the objective has no minimum: \(samples.description(of: descent))" }
      members = [("direction", .preciseVector(descent.direction))]
    default: break
    }
  }

  /// The end of a descent without constraints.
  init(_ result: Minimizer.Result, samples: RegressionSamples?) {
    self.init(result.outcome, samples: samples)
    guard let limit = result.learningRateLimit else { return }
    members.append(("learning_rate_limit", .precise(limit)))
    lines = ["gradient descent is stable there for learning rates below 2/λmax = \(JSON.precise(limit))"]
  }

  /// The end of a projected descent.
  init(_ result: ProjectedGradient.Result) {
    self.init(result.outcome)
    members += [("projected_gradient_residual", .precise(result.residual))]
    lines = ["projected gradient residual \(JSON.precise(result.residual))"]
  }

  /// The end of a sequence of problems without constraints.
  init(_ result: ConstrainedMinimizer.Result) {
    text = "\(result.ending)"
    (word, isFailure) =
      switch result.ending {
      case .converged, .convergedToRounding: ("converged", false)
      case .roundLimit: ("round_limit", true)
      case .infeasible: ("infeasible", true)
      case .penaltyLimit: ("penalty_limit", true)
      case .overflow: ("overflow", true)
      }
    if case .convergedToRounding(let limit, _) = result.ending {
      members = [("rounding", .precise(limit.rounding))]
    }
    let (residual, multipliers) = (result.last.residual, result.last.multipliers)
    lines = [
      "KKT residual \(JSON.precise(residual.maximum)): stationarity \(residual.stationarity), feasibility "
        + "\(residual.feasibility), complementarity \(residual.complementarity)",
      "multipliers of inequalities \(JSON.preciseVector(multipliers.inequalities)), of equalities "
        + "\(JSON.preciseVector(multipliers.equalities))",
    ]
  }

  /// The end of a run whose sets have no common point, or whose projections on them did not converge.
  init(_ error: ConstraintError) {
    let word = if case .infeasible = error { "infeasible" } else { "projection_failed" }
    self.init(word: word, text: "\(error)", isFailure: true)
  }
}

extension RegressionSamples {
  /// What is said of a direction, with the names and the units of the table's columns.
  fileprivate func description(of descent: EndlessDescent) -> String {
    descent.description { index in
      featureNames.map { "column \($0[index])" } ?? "feature \(index + 1)"
    } featureValue: { index, value in
      let unscaled = value / factors[index]
      return inputScale.map { $0.mean[index] + unscaled * $0.deviation[index] } ?? unscaled
    }
  }
}

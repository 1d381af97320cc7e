import Minimization
import Records
import Reports

/// What was found out about an objective beside its minimum: lines for the log and members for scripts.
struct MinimizationFinding {
  var members: [(key: String, value: JSON)]
  var lines: [String]
}

extension MinimizationConfiguration.Check.Convexity {
  /// Looks for evidence that an objective is not convex, by Jensen's inequality and by the Hessian's eigenvalues.
  ///
  /// Over the data of several ranks all ranks must call this.
  func finding(
    on objective: any TwiceDifferentiableObjective, in region: Box, seed: Int
  ) throws -> MinimizationFinding {
    let test = try ConvexityTest(region: region, sampleCount: samples, seed: UInt64(seed))
    let counterexample = try test.jensenCounterexample(of: objective)
    var finding = MinimizationFinding(
      members: [
        ("samples", .integer(samples)), ("jensen_counterexample", counterexample?.json ?? .null),
      ],
      lines: [
        "Jensen's inequality: "
          + (counterexample.map { "\($0)" } ?? "no counterexample on \(samples) segments")
      ])
    var isRefuted = counterexample != nil
    do {
      let least = try test.leastCurvature(of: objective)
      let refutes = least.refutesConvexity()
      isRefuted = isRefuted || refutes
      finding.members += [
        ("least_eigenvalue", .precise(least.smallestEigenvalue)), ("at", .preciseVector(least.point)),
      ]
      finding.lines.append(
        "second order: the smallest eigenvalue of the Hessian at \(samples) points is "
          + "\(least.smallestEigenvalue), at x = \(least.point)" + (refutes ? ": not convex" : ""))
    } catch let error as LinearAlgebraError {
      finding.members += [("least_eigenvalue", .null)]
      finding.lines.append("second order: not known, since \(error)")
    }
    finding.members.append(("is_refuted", .boolean(isRefuted)))
    return finding
  }
}

extension JensenCounterexample {
  fileprivate var json: JSON {
    .object([
      ("x", .preciseVector(x)), ("y", .preciseVector(y)), ("weight", .precise(weight)),
      ("value", .precise(value)), ("chord", .precise(chord)),
    ])
  }
}

extension TwiceDifferentiableObjective {
  /// What kind of point a run has ended at.
  ///
  /// Over the data of several ranks all ranks must call this.
  ///
  /// - Parameters:
  ///   - x: the end.
  ///   - gradientNorm: that of the gradient there.
  ///   - tolerance: the norm of the gradient up to which it counts as stationary.
  func stationaryFinding(
    at x: [Double], gradientNorm: Double, tolerance: Double
  ) throws -> MinimizationFinding {
    let eigenvalues: [Double]
    do {
      eigenvalues = try symmetricEigen(try hessian(at: x)).values
    } catch let error as LinearAlgebraError {
      return MinimizationFinding(
        members: [("stationary_point", .null)], lines: ["stationary point: not known, since \(error)"])
    }
    let kind: StationaryPoint? =
      if gradientNorm <= tolerance, let smallest = eigenvalues.first, let largest = eigenvalues.last {
        StationaryPoint(smallestEigenvalue: smallest, largestEigenvalue: largest)
      } else { nil }
    let text =
      kind.map { "\($0)" } ?? "none, since the gradient's norm exceeds \(tolerance)"
    let shown = eigenvalues.prefix(10).map { "\($0)" } + (eigenvalues.count > 10 ? ["…"] : [])
    return MinimizationFinding(
      members: [
        ("stationary_point", kind.map { JSON.text("\($0)") } ?? .null),
        ("hessian_eigenvalues", .preciseVector(eigenvalues)),
      ],
      lines: ["stationary point: \(text); eigenvalues of the Hessian: \(shown.joined(separator: ", "))"])
  }
}

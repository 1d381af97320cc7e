import Foundation
import Minimization

extension CurvatureReport {
  /// The lines after the heading's: the loss, its curvature, the point, and a table of the layers.
  var lines: [String] {
    [lossLine, roundingLine] + spectrumLines + [traceLine, pointLine] + table + [gradientLine]
  }

  private var lossLine: String {
    let (gradient, parameters) = (Self.digits(gradientNorm), Self.digits(parameterNorm))
    return "loss \(Self.digits(curvature.loss))  gradient norm \(gradient)  parameter norm \(parameters)"
  }

  private var roundingLine: String {
    let rounding = curvature.rounding
    let (error, length) = (Self.digits(rounding.productError), Self.digits(rounding.scale))
    return
      "products with the Hessian are exact but for rounding: one of length \(length) is off by about \(error)"
  }

  private var spectrumLines: [String] {
    let spectrum = curvature.spectrum
    func line(_ value: Lanczos.RitzValue, _ side: String, _ limit: Double) -> String {
      let found = "\(Self.digits(value.value)) ± \(Self.digits(curvature.error(of: value)))"
      return found
        + (limit.isFinite
          ? " (none \(side) \(Self.digits(limit)), with a probability of 99 %)"
          : " (one \(side) it may have been overlooked after so few products)")
    }
    return [
      "largest eigenvalue \(line(spectrum.largest, "above", curvature.mostEigenvalue))",
      "smallest eigenvalue \(line(spectrum.smallest, "below", curvature.leastEigenvalue))",
      "Lanczos: \(spectrum.ritzValues.count) products, \(spectrum.ending.text)",
    ]
  }

  private var traceLine: String {
    let trace = curvature.trace
    let (error, spread) = (Self.digits(curvature.traceError), Self.digits(trace.standardError))
    return "trace \(Self.digits(trace.value)) ± \(error) "
      + "(95 of 100 cases; standard error of \(trace.probeCount) probes: \(spread))"
  }

  private var pointLine: String {
    let kind = curvature.point.text
    guard !curvature.isStationary else { return "point: \(kind)" }
    let distance = Self.digits(curvature.distanceToStationarity)
    return "point: not stationary, the gradient vanishes \(distance) away or farther; by its curvature: "
      + kind
  }

  private var table: [String] {
    let header = ["layer", "gradient norm", "parameter norm", "ratio", "verdict"]
    let rows = layers.map { layer in
      [layer.path] + [layer.gradientNorm, layer.parameterNorm, layer.ratio].map(Self.digits)
        + [layer.verdict(against: layers.lastNorm)?.rawValue ?? "–"]
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    return ([header] + rows).map { cells in
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        // Words begin at the left, numbers end at the right; nothing follows the last word.
        if column == 0 { return cell + padding }
        return column == header.count - 1 ? cell : padding + cell
      }.joined(separator: "  ")
    }
  }

  private var gradientLine: String {
    guard let ratio = layers.firstToLast, let verdict else {
      return "gradients: nothing to compare, that of the last layer is zero"
    }
    let words =
      switch verdict {
      case .steady: "neither vanish nor explode"
      case .vanishing: "vanish towards the input"
      case .exploding: "explode towards the input"
      }
    let factor = Self.digits(LayerGradient.factor)
    return "gradients \(words): first / last layer \(Self.digits(ratio)); vanishing is below 1/\(factor), "
      + "exploding above \(factor)"
  }

  private static func digits(_ value: Double) -> String { String(format: "%.6g", value) }
}

extension Lanczos.Ending {
  /// In words, for readers.
  fileprivate var text: String {
    switch self {
    case .converged: "ended as exact as the products are"
    case .invariantSubspace: "ended with all eigenvalues that its start reaches"
    case .stepLimit: "ended at its limit of steps"
    }
  }
}

extension StationaryPoint {
  /// In words, for readers.
  fileprivate var text: String {
    switch self {
    case .minimum: "minimum, all eigenvalues are positive beyond their errors"
    case .maximum: "maximum, all eigenvalues are negative beyond their errors"
    case .saddle: "saddle, there are eigenvalues of both signs beyond the error of the products"
    case .degenerate: "degenerate, an extreme eigenvalue may be zero or have the other sign"
    }
  }
}

import Minimization
import NeuralNetworks
import Records
import Reports

/// What `lockstep curvature` finds, for readers and for programs.
struct CurvatureReport {
  let heading: CurvatureHeading
  let curvature: LossCurvature
  let layers: [LayerGradient]

  /// Takes the layers' gradients out of what was found.
  init(heading: CurvatureHeading, curvature: LossCurvature, graph: Graph) {
    self.heading = heading
    self.curvature = curvature
    layers = LayerGradient.layers(
      of: graph, parameters: curvature.parameters, gradient: curvature.gradient)
  }

  /// ‖g‖ over all layers.
  var gradientNorm: Double { LayerGradient.norm(curvature.gradient[...]) }
  /// ‖θ‖ over all layers.
  var parameterNorm: Double { LayerGradient.norm(curvature.parameters[...]) }

  /// The verdict on the network: on its first layer with weights; nil where the last one's gradient is zero.
  var verdict: LayerGradient.Verdict? {
    layers.first(where: \.hasWeights)?.verdict(against: layers.lastNorm)
  }

  /// One object, its numbers in 17 significant digits.
  var json: JSON {
    let (spectrum, trace) = (curvature.spectrum, curvature.trace)
    let found: [(key: String, value: JSON)] = [
      ("parameters", .integer(curvature.parameters.count)),
      ("loss", .precise(curvature.loss)),
      ("gradient_norm", .precise(gradientNorm)),
      ("parameter_norm", .precise(parameterNorm)),
      ("gradient_error", .precise(curvature.gradientError)),
      ("product_error", .precise(curvature.rounding.productError)),
      ("largest_eigenvalue", object(of: spectrum.largest, limit: curvature.mostEigenvalue)),
      ("smallest_eigenvalue", object(of: spectrum.smallest, limit: curvature.leastEigenvalue)),
      ("products", .integer(spectrum.ritzValues.count)),
      ("ending", .text(spectrum.ending.name)),
    ]
    let traceMembers: [(key: String, value: JSON)] = [
      ("value", .precise(trace.value)),
      ("error", .precise(curvature.traceError)),
      ("standard_error", .precise(trace.standardError)),
      ("probes", .integer(trace.probeCount)),
    ]
    let verdicts: [(key: String, value: JSON)] = [
      ("trace", .object(traceMembers)),
      ("point", .text(curvature.point.name)),
      ("stationary", .boolean(curvature.isStationary)),
      ("first_to_last", layers.firstToLast.map(JSON.precise) ?? .null),
      ("gradients", verdict.map { JSON.text($0.rawValue) } ?? .null),
      ("layers", .list(layers.map(object))),
    ]
    return .object(heading.members + found + verdicts)
  }

  /// - Parameter limit: what no eigenvalue lies beyond; infinite where nothing is known.
  private func object(of value: Lanczos.RitzValue, limit: Double) -> JSON {
    .object([
      ("value", .precise(value.value)), ("error", .precise(curvature.error(of: value))),
      ("limit", limit.isFinite ? .precise(limit) : .null),
    ])
  }

  private func object(of layer: LayerGradient) -> JSON {
    .object([
      ("layer", .text(layer.path)), ("gradient_norm", .precise(layer.gradientNorm)),
      ("parameter_norm", .precise(layer.parameterNorm)), ("ratio", .precise(layer.ratio)),
      ("verdict", layer.verdict(against: layers.lastNorm).map { JSON.text($0.rawValue) } ?? .null),
    ])
  }
}

extension Lanczos.Ending {
  /// In a word, for files.
  fileprivate var name: String {
    switch self {
    case .converged: "converged"
    case .invariantSubspace: "invariant_subspace"
    case .stepLimit: "step_limit"
    }
  }
}

extension StationaryPoint {
  /// In a word, for files.
  fileprivate var name: String {
    switch self {
    case .minimum: "minimum"
    case .maximum: "maximum"
    case .saddle: "saddle"
    case .degenerate: "degenerate"
    }
  }
}

import Mistakes
package import NeuralNetworks

/// The gradient of a layer's parameters beside the parameters themselves.
package struct LayerGradient: Hashable, Sendable {
  /// Whether the gradients of layers are of one size along the depth of a network.
  package enum Verdict: String, Sendable {
    /// They are, within a factor of ``LayerGradient/factor``.
    case steady
    /// Smaller towards the input.
    case vanishing
    /// Larger towards the input.
    case exploding
  }

  /// The layer's path.
  package var path: String
  /// Whether the layer has weights, as convolutions and linear layers have.
  package var hasWeights: Bool
  /// ‖g‖ over weight and bias, or scale and shift.
  package var gradientNorm: Double
  /// ‖θ‖ over the same.
  package var parameterNorm: Double

  /// Makes the finding on a layer from its Euclidean norms.
  package init(path: String, hasWeights: Bool, gradientNorm: Double, parameterNorm: Double) {
    self.path = path
    self.hasWeights = hasWeights
    self.gradientNorm = gradientNorm
    self.parameterNorm = parameterNorm
  }

  /// ‖g‖ / ‖θ‖: how much of itself a layer moves at a learning rate of 1; infinite where the parameters are zero.
  ///
  /// You, Gitman, Ginsburg: "Large Batch Training of Convolutional Networks", 2017, arXiv:1708.03888, section 4.
  package var ratio: Double { gradientNorm == 0 ? 0 : gradientNorm / parameterNorm }

  /// By how much the gradient of a layer may differ from that of the last one with weights.
  ///
  /// One learning rate moves all layers: one whose gradient is a thousandth of the last one's has hardly moved when
  /// that has learned all it can. Where a signal keeps its variance from layer to layer, gradients of weights differ
  /// by the sizes of the layers alone (Glorot, Bengio: "Understanding the Difficulty of Training Deep Feedforward
  /// Neural Networks", AISTATS 2010, equation 14): a factor of some ten.
  package static let factor = 1e3

  /// The verdict on a layer's gradient against that of the last layer with weights.
  ///
  /// Nil where that is zero: there is nothing to compare.
  ///
  /// - Parameter last: the norm of the latter, ≥ 0.
  package func verdict(against last: Double) -> Verdict? {
    guard last > 0 else { return nil }
    if gradientNorm * Self.factor < last { return .vanishing }
    return gradientNorm > last * Self.factor ? .exploding : .steady
  }

  /// The gradients of all layers with parameters, in the order of the graph.
  ///
  /// - Parameters:
  ///   - parameters: all parameters, in the order of `Executor.parameterVector()`.
  ///   - gradient: the gradient, in the same order.
  package static func layers(of graph: Graph, parameters: [Double], gradient: [Double]) -> [LayerGradient] {
    require(
      parameters.count == graph.parameterCount && gradient.count == graph.parameterCount,
      "given \(parameters.count) parameters and \(gradient.count) elements of a gradient, but "
        + "\(graph.parameterCount) needed")
    var begins: [Int] = []
    var begin = 0
    for parameter in graph.parameters {
      begins.append(begin)
      begin += parameter.shape.count
    }
    return graph.operations.filter { !$0.parameters.isEmpty }.map { operation in
      /// The norm over all parameters of the operation.
      func norm(of vector: [Double]) -> Double {
        Self.norm(
          operation.parameters.flatMap { parameter in
            vector[begins[parameter]..<begins[parameter] + graph.parameters[parameter].shape.count]
          }[...])
      }
      return LayerGradient(
        path: operation.path,
        hasWeights: operation.parameters.contains { graph.parameters[$0].role == .weight },
        gradientNorm: norm(of: gradient), parameterNorm: norm(of: parameters))
    }
  }

  /// The Euclidean norm; the sum goes over the elements in their order.
  static func norm(_ vector: ArraySlice<Double>) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension [LayerGradient] {
  /// The gradient norm of the first layer with weights over that of the last; nil where there are none, or where the
  /// gradient of the last is zero.
  package var firstToLast: Double? {
    let weights = filter(\.hasWeights)
    guard let first = weights.first, let last = weights.last, last.gradientNorm > 0 else { return nil }
    return first.gradientNorm / last.gradientNorm
  }

  /// The gradient norm of the last layer with weights, against which the others are judged; 0 where there is none.
  package var lastNorm: Double { last(where: \.hasWeights)?.gradientNorm ?? 0 }
}

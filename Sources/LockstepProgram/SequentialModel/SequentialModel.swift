package import Configurations
package import NeuralNetworks
package import Records

/// A model that is written in a configuration: a chain of layers, each called on the result of the one before it.
///
/// ```yaml
/// layers:
///   - {convolution: 16, kernel: 3, padding: 1}
///   - batch_norm
///   - relu
///   - {residual: [{convolution: 16, kernel: 3, padding: 1}, batch_norm]}
///   - relu
///   - global_average_pool
///   - flatten
///   - {linear: 10}
/// ```
///
/// Parameters are named as in the `nn.Sequential` of PyTorch that has these layers: by their position in the chain
/// and in the chains inside it, `0.weight`, `3.residual.0.weight`.
package struct SequentialModel: Layer {
  /// The most layers of a model, those inside others and repetitions included.
  static let largestLayerCount = 10_000
  /// The most lists of layers inside one another.
  static let largestDepth = 32

  /// The layers in order; what was to be repeated in the chain stands here so often.
  package let layers: [SequentialLayer]
  private let place: ConfigurationPlace
  private let key: String
  private let written: [String: SequentialLayer]

  /// Reads the list of layers.
  ///
  /// - Parameters:
  ///   - node: the list.
  ///   - key: its dotted key, such as `model.layers`.
  /// - Throws: a `ConfigurationError` that names the place and the key of what is no layer, unknown, missing, out of
  ///   range or too much.
  package init(_ node: ConfigurationNode, key: String) throws(ConfigurationError) {
    layers = try SequentialLayer.chain(node, key: key, depth: 1)
    (place, self.key) = (node.place, key)
    written = Self.byPath(layers)
  }

  /// Adds the layers on `x`, an image or a vector.
  package func callAsFunction(_ x: Symbol) -> Symbol {
    Sequential(layers.map(\.layer))(x)
  }

  /// The outputs of the last layer, where it is a linear one; nil for all others.
  var features: Int? {
    if case .linear(let features, _)? = layers.last?.kind { features } else { nil }
  }

  /// The layers with all defaults, in the one spelling that equal models share; read back they make an equal model.
  package var json: JSON { .list(layers.map(\.json)) }
}

extension SequentialModel: Equatable {
  /// Whether both have the same layers, wherever and however they were written.
  package static func == (first: SequentialModel, second: SequentialModel) -> Bool {
    first.layers == second.layers
  }
}

extension SequentialModel {
  /// Where the layer of a path was written, or the innermost one around it; nil for a path of no layer.
  ///
  /// - Parameter path: the path of a layer, an operation or a parameter, such as `3.residual.0.weight`; the empty one
  ///   is the model's.
  package func place(of path: String) -> (ConfigurationPlace, key: String)? {
    if path.isEmpty { return (place, key) }
    var parts = path.split(separator: ".", omittingEmptySubsequences: false)
    while !parts.isEmpty {
      if let layer = written[parts.joined(separator: ".")] { return (layer.place, layer.key) }
      parts.removeLast()
    }
    return nil
  }

  /// What a layer cannot take, with the place and the key of the layer.
  ///
  ///     x.yaml:7: model.layers[4]: layer 4: a linear layer needs a vector, but given 16×5×5: flatten it first
  package func located(_ error: ShapeError) -> ConfigurationError {
    let (place, key) = place(of: error.path) ?? (place, key)
    return ConfigurationError(place, key: key, error.description)
  }

  private static func byPath(_ layers: [SequentialLayer]) -> [String: SequentialLayer] {
    var written: [String: SequentialLayer] = [:]
    func add(_ layers: [SequentialLayer], below prefix: String) {
      for (index, layer) in layers.enumerated() {
        let path = "\(prefix)\(index)"
        written[path] = layer
        switch layer.kind {
        case .dense(let layers, let repetitions):
          for repetition in 0..<repetitions { add(layers, below: "\(path).\(repetition).") }
        case .residual(let layers, let shortcut):
          add(layers, below: "\(path).residual.")
          add(shortcut ?? [], below: "\(path).shortcut.")
        default: break
        }
      }
    }
    add(layers, below: "")
    return written
  }
}

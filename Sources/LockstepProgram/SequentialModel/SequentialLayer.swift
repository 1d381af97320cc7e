package import Configurations
package import NeuralNetworks

/// A layer of a model that is written in a configuration, with all its numbers and the place where it stands.
package struct SequentialLayer: Sendable {
  /// What a layer computes; the meanings and ranges of the numbers are those of the layers in NeuralNetworks.
  package enum Kind: Equatable, Sendable {
    case activation(Activation)
    case batchNorm(epsilon: Double, momentum: Double, beginsAtZero: Bool)
    case convolution(channels: Int, kernel: Int, stride: Int, padding: Int, bias: Bool)
    case dropout(probability: Double)
    case flatten
    case globalAveragePooling
    case linear(features: Int, bias: Bool)
    case pooling(Pooling2D.Reduction, kernel: Int, stride: Int, padding: Int)
    /// The chain, repeated so often with weights of its own, whose results are concatenated to their inputs.
    case dense([SequentialLayer], repetitions: Int)
    /// The sum of two chains; the shortcut is nil for the input itself.
    case residual([SequentialLayer], shortcut: [SequentialLayer]?)
  }

  /// What the layer computes.
  package let kind: Kind
  /// Where it was written.
  package let place: ConfigurationPlace
  /// The dotted key of what was written, such as `model.layers[3].residual[0]`.
  package let key: String
}

extension SequentialLayer: Equatable {
  /// Whether both compute the same, wherever they were written.
  package static func == (first: SequentialLayer, second: SequentialLayer) -> Bool {
    first.kind == second.kind
  }
}

extension SequentialLayer {
  /// The layer as models in Swift are made of.
  var layer: any Layer {
    switch kind {
    case .activation(let activation): activation
    case .batchNorm(let epsilon, let momentum, let beginsAtZero):
      BatchNorm(epsilon: epsilon, momentum: momentum, beginsAtZero: beginsAtZero)
    case .convolution(let channels, let kernel, let stride, let padding, let bias):
      Convolution2D(channels, kernel: kernel, stride: stride, padding: padding, bias: bias)
    case .dropout(let probability): Dropout(probability)
    case .flatten: Flatten()
    case .globalAveragePooling: GlobalAveragePooling2D()
    case .linear(let features, let bias): Linear(features, bias: bias)
    case .pooling(let reduction, let kernel, let stride, let padding):
      Pooling2D(reduction, kernel: kernel, stride: stride, padding: padding)
    case .dense(let layers, let repetitions):
      DenseConnection(Array(repeating: Sequential(layers.map(\.layer)), count: repetitions))
    case .residual(let layers, let shortcut):
      ResidualConnection(
        Sequential(layers.map(\.layer)), shortcut: shortcut.map { Sequential($0.map(\.layer)) })
    }
  }

  /// The number of layers, this one and those inside it, each as often as it is repeated.
  var count: Int {
    switch kind {
    case .dense(let layers, let repetitions): 1 + repetitions * layers.layerCount
    case .residual(let layers, let shortcut): 1 + layers.layerCount + (shortcut ?? []).layerCount
    default: 1
    }
  }
}

extension [SequentialLayer] {
  /// The number of layers, with those inside others.
  var layerCount: Int { reduce(0) { $0 + $1.count } }
}

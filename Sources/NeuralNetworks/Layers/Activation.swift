/// max(0, x), element by element.
public func relu(_ x: Symbol) -> Symbol {
  guard let shape = x.shape else { return x }
  return x.builder.add(.relu, [x], shape: shape, name: nil)
}

/// 1 / (1 + e⁻ˣ), element by element.
public func sigmoid(_ x: Symbol) -> Symbol {
  guard let shape = x.shape else { return x }
  return x.builder.add(.sigmoid, [x], shape: shape, name: nil)
}

/// An activation function as a layer, for chains of layers.
public enum Activation: Layer {
  /// max(0, x).
  case relu
  /// 1 / (1 + e⁻ˣ).
  case sigmoid

  /// Adds the activation of `x`, of any shape.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    switch self {
    case .relu: NeuralNetworks.relu(x)
    case .sigmoid: NeuralNetworks.sigmoid(x)
    }
  }
}

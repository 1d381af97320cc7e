/// Layers of which each sees the channels of all before it: x ← [x, f₀(x)], then [x, f₁(x)], and so on.
///
/// [in, height, width] → [in + the channels of all results, height, width], or so with features. Parts are named by
/// the layer's position: `0.0.weight` is the weight of the first layer's first part.
///
/// Huang et al. 2016, arXiv:1608.06993, equation 2.
public struct DenseConnection: Layer {
  /// The layers, in order; each keeps height and width.
  public var layers: [any Layer]

  /// Makes the connection.
  public init(_ layers: [any Layer]) {
    self.layers = layers
  }

  /// Adds the layers on `x`, an image or a vector.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    layers.enumerated().reduce(x) { x, part in
      x.scoped(String(part.offset)) { concatenate([$0, part.element($0)]) }
    }
  }
}

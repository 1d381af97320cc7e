import Mistakes

/// A fully connected layer: y = x Wᵀ + b.
///
/// [in] → [features]. Parameters: `weight` [features, in] and, if it has one, `bias` [features].
public struct Linear: Layer {
  /// The number of outputs, ≥ 1.
  public var features: Int
  /// Whether a bias is added.
  public var bias: Bool
  /// The last part of the path; nil where the surrounding scope names the layer.
  public var name: String?

  /// Makes a layer; the number of inputs is that of the value it is called on.
  public init(_ features: Int, bias: Bool = true, name: String? = nil) {
    require(features > 0, "given \(features) features but at least 1 needed")
    self.features = features
    self.bias = bias
    self.name = name
  }

  /// Adds the layer on `x` [in].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    guard let shape = x.shape else { return x }
    guard shape.rank == 1 else {
      return x.builder.fail(name, "a linear layer needs a vector, but given \(shape): flatten it first")
    }
    let path = x.builder.path(name)
    var parameters = [
      x.builder.parameter(
        path + ".weight", Shape(features, shape.count), .weight, fanIn: shape.count, fanOut: features)
    ]
    if bias {
      parameters.append(
        x.builder.parameter(path + ".bias", Shape(features), .bias, fanIn: shape.count, fanOut: features))
    }
    return x.builder.add(.linear, [x], shape: Shape(features), name: name, parameters: parameters)
  }
}

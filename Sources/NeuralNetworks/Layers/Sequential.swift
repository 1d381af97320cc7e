/// Layers called one after the other, each under its name: its position, or a name of its own.
///
/// The paths are those of PyTorch's `nn.Sequential`: `0.weight`, `1.running_mean`, `block.0.weight`.
public struct Sequential: Layer {
  /// The layers with their names, in order.
  public private(set) var children: [(name: String, layer: any Layer)] = []

  /// Makes a chain of layers named by their positions.
  public init(_ layers: any Layer...) {
    for layer in layers { append(layer) }
  }

  /// Makes a chain of layers named by their positions.
  public init(_ layers: [any Layer]) {
    for layer in layers { append(layer) }
  }

  /// Adds a layer at the end, named `name`, or by its position.
  public mutating func append(_ layer: any Layer, name: String? = nil) {
    children.append((name ?? String(children.count), layer))
  }

  /// Calls the layers in order.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    children.reduce(x) { value, child in value.scoped(child.name) { child.layer($0) } }
  }
}

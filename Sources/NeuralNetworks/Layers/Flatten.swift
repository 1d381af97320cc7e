/// An image as a feature vector in the order channel, row, column; a vector as it is.
public struct Flatten: Layer {
  /// Makes the layer.
  public init() {}

  /// Adds the reordering of `x`, [channels, height, width] or [features].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    guard let shape = x.shape, shape.rank == 3 else { return x }
    return x.builder.add(.flatten, [x], shape: Shape(shape.count), name: nil)
  }
}

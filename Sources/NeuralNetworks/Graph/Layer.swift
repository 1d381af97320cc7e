/// A part of a model.
///
/// Calling it on a symbol adds its operations to the graph and returns the result.
///
/// ```swift
/// struct Residual: Layer {
///   var channels: Int
///   func callAsFunction(_ x: Symbol) -> Symbol {
///     let y = Convolution2D(channels, kernel: 3, padding: 1, name: "conv1")(x)
///     return relu(BatchNorm(name: "bn1")(y) + x)
///   }
/// }
/// ```
public protocol Layer: Sendable {
  /// Adds the layer's operations to the graph of `x` and returns their result.
  func callAsFunction(_ x: Symbol) -> Symbol
}

/// LeNet with batch normalization, as one chain of layers.
///
/// 1×28×28 → 6×24×24 → 6×12×12 → 16×8×8 → 16×4×4 → 256 → 120 → 84 → classes; 44,878 parameters for 10 classes
/// and one input channel.
///
/// LeCun et al.: "Gradient-Based Learning Applied to Document Recognition", Proc. IEEE 86 (1998), figure 2, with
/// sigmoids and batch normalization as in Zhang et al., "Dive into Deep Learning", section Batch Normalization.
public struct LeNet: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// The kind of the two pooling layers; the book's editions differ in it.
  public var pooling: Pooling2D.Reduction

  /// Makes the model.
  public init(classes: Int, pooling: Pooling2D.Reduction = .max) {
    self.classes = classes
    self.pooling = pooling
  }

  /// Adds the model's layers on `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    Sequential(
      Convolution2D(6, kernel: 5), BatchNorm(), Activation.sigmoid, Pooling2D(pooling, kernel: 2),
      Convolution2D(16, kernel: 5), BatchNorm(), Activation.sigmoid, Pooling2D(pooling, kernel: 2),
      Flatten(),
      Linear(120), BatchNorm(), Activation.sigmoid,
      Linear(84), BatchNorm(), Activation.sigmoid,
      Linear(classes)
    )(x)
  }
}

/// What a network of residual or dense blocks begins with: a convolution, batch normalization and relu.
public enum Stem: String, CaseIterable, Hashable, Sendable {
  /// A 7×7 convolution that halves the image, and max pooling that halves it again.
  ///
  /// He et al. 2015, arXiv:1512.03385, table 1.
  case imagenet
  /// A 3×3 convolution that keeps the size, and no pooling: for images of about 32 pixels.
  ///
  /// He et al. 2015, arXiv:1512.03385, section 4.2.
  case small

  /// The window of the convolution.
  func convolution(_ channels: Int, bias: Bool = true, name: String? = nil) -> Convolution2D {
    switch self {
    case .imagenet: Convolution2D(channels, kernel: 7, stride: 2, padding: 3, bias: bias, name: name)
    case .small: Convolution2D(channels, kernel: 3, padding: 1, bias: bias, name: name)
    }
  }

  /// The pooling after the relu; nil for none.
  var pooling: Pooling2D? {
    self == .imagenet ? Pooling2D(.max, kernel: 3, stride: 2, padding: 1) : nil
  }

  /// The layers as a chain named by position, whose convolution has a bias: how the book's networks begin.
  func chain(_ channels: Int) -> Sequential {
    var layers = Sequential(convolution(channels), BatchNorm(), Activation.relu)
    if let pooling { layers.append(pooling) }
    return layers
  }
}

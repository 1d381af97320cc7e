/// A plain chain of 3×3 convolutions, between which max pooling halves the image, and three linear layers.
///
/// Layers and names of parameters are those of torchvision's `vgg16`, configuration D of the paper: no batch normalization,
/// dropout of one half after the first two linear layers; 138,357,544 parameters for 1000 classes and three input channels.
/// ``VGG`` has a smaller head.
///
/// Simonyan, Zisserman: "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014, arXiv:1409.1556, table 1.
public struct PlainVGG: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// By block, the number of convolutions and the channels of each.
  public var blocks: [(convolutions: Int, channels: Int)]
  /// The features of the two hidden linear layers, ≥ 1.
  public var hidden: Int
  /// The probability that a hidden feature is left out in training, 0 ≤ p < 1.
  public var dropout: Double

  /// The side of the image that the linear layers see.
  private static let side = 7

  /// Makes the model; VGG-16 unless `blocks` says otherwise.
  public init(
    classes: Int,
    blocks: [(convolutions: Int, channels: Int)] = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)],
    hidden: Int = 4096, dropout: Double = 0.5
  ) {
    self.classes = classes
    self.blocks = blocks
    self.hidden = hidden
    self.dropout = dropout
  }

  /// Adds the model's layers on `x` [channels, height, width], of 224 pixels a side or a multiple.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    var features = Sequential()
    for block in blocks {
      for _ in 0..<block.convolutions {
        features.append(Convolution2D(block.channels, kernel: 3, padding: 1))
        features.append(Activation.relu)
      }
      features.append(Pooling2D(.max, kernel: 2))
    }
    let classifier = Sequential(
      Linear(hidden), Activation.relu, Dropout(dropout), Linear(hidden), Activation.relu, Dropout(dropout),
      Linear(classes))
    let y = x.scoped("features") { features($0) }
    return Flatten()(pooled(y)).scoped("classifier") { classifier($0) }
  }

  /// The means over equal windows that leave 7×7 pixels; torchvision's windows for other sizes overlap or repeat pixels.
  private func pooled(_ y: Symbol) -> Symbol {
    guard let shape = y.shape, shape.rank == 3 else { return y }
    let window = shape.height / Self.side
    guard window > 0, shape.height == window * Self.side, shape.width == shape.height else {
      let needed = Self.side << blocks.count
      return y.builder.fail(
        "avgpool",
        "the linear layers need \(Self.side)×\(Self.side) pixels, but given \(shape); resize the images to \(needed)×\(needed) pixels "
          + "(data.resize), or to a multiple")
    }
    return window == 1 ? y : Pooling2D(.average, kernel: window, name: "avgpool")(y)
  }
}

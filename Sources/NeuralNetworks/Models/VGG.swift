/// A plain chain of 3×3 convolutions with batch normalization, between which max pooling halves the image.
///
/// VGG-11, configuration A of the paper. Instead of its three linear layers with dropout, which hold nine tenths of
/// its parameters, the mean of each channel goes into one linear layer: 9,229,962 parameters for 10 classes and one
/// input channel.
///
/// Simonyan, Zisserman: "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014,
/// arXiv:1409.1556, table 1.
public struct VGG: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// By block, the number of convolutions and the channels of each.
  public var blocks: [(convolutions: Int, channels: Int)]

  /// Makes the model; VGG-11 unless `blocks` says otherwise.
  public init(
    classes: Int,
    blocks: [(convolutions: Int, channels: Int)] = [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)]
  ) {
    self.classes = classes
    self.blocks = blocks
  }

  /// Adds the model's layers on `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    var features = Sequential()
    for block in blocks {
      for _ in 0..<block.convolutions {
        features.append(Convolution2D(block.channels, kernel: 3, padding: 1))
        features.append(BatchNorm())
        features.append(Activation.relu)
      }
      features.append(Pooling2D(.max, kernel: 2))
    }
    var layers = Sequential()
    layers.append(features, name: "features")
    layers.append(GlobalAveragePooling2D(), name: "avgpool")
    layers.append(Sequential(Flatten(), Linear(classes)), name: "classifier")
    return layers(x)
  }
}

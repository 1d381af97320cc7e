/// A densely connected network of bottleneck layers: DenseNet-121 and deeper, for which the book has no code.
///
/// In each layer of a block a 1×1 convolution to four times the growth stands before the 3×3 one. Layers and names
/// of parameters are those of torchvision's `densenet121`: 7,978,856 parameters for 1000 classes and three input
/// channels.
///
/// Huang et al. 2016, arXiv:1608.06993, table 1, DenseNet-BC.
public struct BottleneckDenseNet: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// The channels that each layer of a block adds, ≥ 1.
  public var growth: Int
  /// By dense block, its number of layers.
  public var blocks: [Int]
  /// What the network begins with.
  public var stem: Stem

  /// Makes the model; DenseNet-121 unless told otherwise.
  public init(classes: Int, growth: Int = 32, blocks: [Int] = [6, 12, 24, 16], stem: Stem = .imagenet) {
    self.classes = classes
    self.growth = growth
    self.blocks = blocks
    self.stem = stem
  }

  /// Adds the model's layers on `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    let features = x.scoped("features") { x in
      let z = relu(BatchNorm(name: "norm0")(stem.convolution(2 * growth, bias: false, name: "conv0")(x)))
      var y = stem.pooling.map { $0(z) } ?? z
      var channels = 2 * growth
      for (index, count) in blocks.enumerated() {
        y = y.scoped("denseblock\(index + 1)") { y in
          (1...count).reduce(y) { y, number in y.scoped("denselayer\(number)", layer) }
        }
        channels += count * growth
        guard index < blocks.count - 1 else { break }
        channels /= 2
        y = y.scoped("transition\(index + 1)") { y in
          let z = relu(BatchNorm(name: "norm")(y))
          return Pooling2D(.average, kernel: 2, name: "pool")(
            Convolution2D(channels, kernel: 1, bias: false, name: "conv")(z))
        }
      }
      return relu(BatchNorm(name: "norm5")(y))
    }
    return Linear(classes, name: "classifier")(Flatten()(GlobalAveragePooling2D()(features)))
  }

  /// One layer of a block: [in, height, width] → [in + growth, height, width].
  private func layer(_ x: Symbol) -> Symbol {
    let z = Convolution2D(4 * growth, kernel: 1, bias: false, name: "conv1")(
      relu(BatchNorm(name: "norm1")(x)))
    let y = relu(BatchNorm(name: "norm2")(z))
    return concatenate([x, Convolution2D(growth, kernel: 3, padding: 1, bias: false, name: "conv2")(y)])
  }
}

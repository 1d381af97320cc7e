/// A densely connected network, as in the book this project follows.
///
/// A stem of 64 channels, then dense blocks, between which a transition halves channels and image; a last
/// normalization, the mean of each channel and a linear layer. With four blocks of four convolutions at growth 32
/// it has 758,226 parameters for 10 classes and one input channel. Names of parameters are those of the book's own
/// modules, in the spelling of its PyTorch edition.
///
/// Huang, Liu, van der Maaten, Weinberger: "Densely Connected Convolutional Networks", 2016, arXiv:1608.06993,
/// table 1; as built in Zhang et al., "Dive into Deep Learning", section Densely Connected Networks.
public struct DenseNet: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// The channels that each convolution of a block adds, ≥ 1.
  public var growth: Int
  /// By dense block, its number of convolutions.
  public var blocks: [Int]
  /// What the network begins with.
  public var stem: Stem

  /// Makes the model.
  public init(classes: Int, growth: Int = 32, blocks: [Int] = [4, 4, 4, 4], stem: Stem = .imagenet) {
    self.classes = classes
    self.growth = growth
    self.blocks = blocks
    self.stem = stem
  }

  /// Adds the model's layers on `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    var layers = stem.chain(64)
    var channels = 64
    for (index, count) in blocks.enumerated() {
      // The book's own spelling, which PyTorch's state_dict keeps.
      layers.append(DenseBlock(convolutions: count, growth: growth), name: "DenseBlosk_\(index)")
      channels += count * growth
      guard index < blocks.count - 1 else { break }
      channels /= 2
      layers.append(
        Sequential(
          BatchNorm(), Activation.relu, Convolution2D(channels, kernel: 1), Pooling2D(.average, kernel: 2)),
        name: "transition_block_\(index)")
    }
    layers.append(BatchNorm(), name: "BN")
    layers.append(Activation.relu, name: "relu")
    layers.append(GlobalAveragePooling2D(), name: "global_avg_pool")
    layers.append(Sequential(Flatten(), Linear(classes)), name: "fc")
    return layers(x)
  }
}

/// A residual network of bottleneck blocks: ResNet-50 and deeper, for which the book has no code.
///
/// A stem of 64 channels, four stages of 256, 512, 1024 and 2048 channels of which all but the first halve the
/// image, the mean of each channel and a linear layer. Layers and names of parameters are those of torchvision's
/// `resnet50`: 25,557,032 parameters for 1000 classes and three input channels.
///
/// He et al. 2015, arXiv:1512.03385, table 1.
public struct BottleneckResNet: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// By stage, its number of blocks.
  public var blocks: [Int]
  /// What the network begins with.
  public var stem: Stem
  /// Whether each block begins as its shortcut, see ``Residual/beginsAsShortcut``.
  public var beginsAsShortcuts: Bool

  /// Makes the model; ResNet-50 unless `blocks` says otherwise.
  public init(
    classes: Int, blocks: [Int] = [3, 4, 6, 3], stem: Stem = .imagenet, beginsAsShortcuts: Bool = false
  ) {
    self.classes = classes
    self.blocks = blocks
    self.stem = stem
    self.beginsAsShortcuts = beginsAsShortcuts
  }

  /// Adds the model's layers on `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    var y = relu(BatchNorm(name: "bn1")(stem.convolution(64, bias: false, name: "conv1")(x)))
    if let pooling = stem.pooling { y = pooling(y) }
    for (stage, count) in blocks.enumerated() {
      let bottlenecks = (0..<count).map { block in
        Bottleneck(
          channels: 64 << stage, stride: stage > 0 && block == 0 ? 2 : 1, projects: block == 0,
          beginsAsShortcut: beginsAsShortcuts)
      }
      y = y.scoped("layer\(stage + 1)") { Sequential(bottlenecks)($0) }
    }
    return Linear(classes, name: "fc")(Flatten()(GlobalAveragePooling2D()(y)))
  }
}

/// A residual network of basic blocks as torchvision builds it.
///
/// A stem of 64 channels, four stages of 64, 128, 256 and 512 channels of which all but the first halve the image, the mean of
/// each channel and a linear layer. Layers and names of parameters are those of torchvision's `resnet18` (11,689,512 parameters
/// for 1000 classes and three input channels) and `resnet34`. ``ResNet`` is the same as the book builds it.
///
/// He et al. 2015, arXiv:1512.03385, table 1.
public struct BasicResNet: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// By stage, its number of blocks.
  public var blocks: [Int]
  /// What the network begins with.
  public var stem: Stem
  /// Whether each block begins as its shortcut, see ``Residual/beginsAsShortcut``.
  public var beginsAsShortcuts: Bool

  /// Makes the model; ResNet-18 unless `blocks` says otherwise, ResNet-34 with [3, 4, 6, 3].
  public init(
    classes: Int, blocks: [Int] = [2, 2, 2, 2], stem: Stem = .imagenet, beginsAsShortcuts: Bool = false
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
      let basics = (0..<count).map { block in
        let halves = stage > 0 && block == 0
        return BasicBlock(
          channels: 64 << stage, stride: halves ? 2 : 1, projects: halves, beginsAsShortcut: beginsAsShortcuts
        )
      }
      y = y.scoped("layer\(stage + 1)") { Sequential(basics)($0) }
    }
    return Linear(classes, name: "fc")(Flatten()(GlobalAveragePooling2D()(y)))
  }
}

/// A residual network of basic blocks, as in the book this project follows.
///
/// A stem of 64 channels, four stages of 64, 128, 256 and 512 channels of which all but the first halve the image,
/// the mean of each channel and a linear layer. All convolutions have a bias, the shortcuts' have no batch
/// normalization. ResNet-18 has 11,178,378 parameters for 10 classes and one input channel, 11,175,818 with the
/// small stem. Names of parameters are those of the book's own modules.
///
/// He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition", 2015, arXiv:1512.03385, table 1; as built in
/// Zhang et al., "Dive into Deep Learning", sections Residual Networks and, with the small stem, Concise
/// Implementation for Multiple GPUs.
public struct ResNet: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// By stage, its number of residual blocks.
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
    var layers = stem.chain(64)
    for (stage, count) in blocks.enumerated() {
      let residuals = (0..<count).map { block in
        let halves = stage > 0 && block == 0
        return Residual(
          channels: 64 << stage, stride: halves ? 2 : 1, projects: halves, beginsAsShortcut: beginsAsShortcuts
        )
      }
      layers.append(Sequential(residuals), name: "resnet_block\(stage + 1)")
    }
    layers.append(GlobalAveragePooling2D(), name: "global_avg_pool")
    layers.append(Sequential(Flatten(), Linear(classes)), name: "fc")
    return layers(x)
  }
}

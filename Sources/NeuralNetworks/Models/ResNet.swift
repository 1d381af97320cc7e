/// A residual network of basic blocks, as in the book this project follows.
///
/// A 7×7 stem of 64 channels that halves the image, max pooling, four stages of 64, 128, 256 and 512 channels of
/// which all but the first halve the image, the mean of each channel and a linear layer. All convolutions have a
/// bias, the shortcuts' have no batch normalization. ResNet-18 has 11,178,378 parameters for 10 classes and one
/// input channel.
///
/// He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition", 2015, arXiv:1512.03385, table 1; as built in
/// Zhang et al., "Dive into Deep Learning", section Residual Networks.
public struct ResNet: Layer {
  /// The number of classes, ≥ 2.
  public var classes: Int
  /// By stage, its number of residual blocks.
  public var blocks: [Int]

  /// Makes the model; ResNet-18 unless `blocks` says otherwise.
  public init(classes: Int, blocks: [Int] = [2, 2, 2, 2]) {
    self.classes = classes
    self.blocks = blocks
  }

  /// Adds the model's layers on `x` [channels, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    var layers = Sequential(
      Convolution2D(64, kernel: 7, stride: 2, padding: 3), BatchNorm(), Activation.relu,
      Pooling2D(.max, kernel: 3, stride: 2, padding: 1))
    for (stage, count) in blocks.enumerated() {
      let channels = 64 << stage
      let residuals = (0..<count).map { block in
        let halves = stage > 0 && block == 0
        return Residual(channels: channels, stride: halves ? 2 : 1, projects: halves)
      }
      layers.append(Sequential(residuals), name: "resnet_block\(stage + 1)")
    }
    layers.append(GlobalAveragePooling2D(), name: "global_avg_pool")
    layers.append(Sequential(Flatten(), Linear(classes)), name: "fc")
    return layers(x)
  }
}

/// Two 3×3 convolutions beside a shortcut: y = relu(x + f(x)).
///
/// He et al. 2015, arXiv:1512.03385, figure 2.
public struct Residual: Layer {
  /// The number of output channels, ≥ 1.
  public var channels: Int
  /// The step of the first convolution and of the shortcut, ≥ 1.
  public var stride = 1
  /// Whether the shortcut is a 1×1 convolution, without batch normalization; otherwise it is `x` itself.
  public var projects = false

  /// Makes a block.
  public init(channels: Int, stride: Int = 1, projects: Bool = false) {
    self.channels = channels
    self.stride = stride
    self.projects = projects
  }

  /// Adds the block on `x` [in, height, width] → [channels, ⌈height / stride⌉, ⌈width / stride⌉].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    let y = Convolution2D(channels, kernel: 3, stride: stride, padding: 1, name: "conv1")(x)
    let z = relu(BatchNorm(name: "bn1")(y))
    let w = BatchNorm(name: "bn2")(Convolution2D(channels, kernel: 3, padding: 1, name: "conv2")(z))
    return relu(w + (projects ? Convolution2D(channels, kernel: 1, stride: stride, name: "conv3")(x) : x))
  }
}

/// Two 3×3 convolutions beside a shortcut: y = relu(x + f(x)).
///
/// He et al. 2015, arXiv:1512.03385, figure 2; as built in torchvision: without biases, batch normalization on a projected
/// shortcut. ``Residual`` is the same as the book builds it.
public struct BasicBlock: Layer {
  /// The number of output channels, ≥ 1.
  public var channels: Int
  /// The step of the first convolution and of the shortcut, ≥ 1.
  public var stride: Int
  /// Whether the shortcut is a 1×1 convolution with batch normalization; otherwise it is `x` itself.
  public var projects: Bool
  /// Whether the last batch normalization's scale begins at 0, so that at first f(x) = 0.
  public var beginsAsShortcut: Bool

  /// Makes a block.
  public init(channels: Int, stride: Int = 1, projects: Bool = false, beginsAsShortcut: Bool = false) {
    self.channels = channels
    self.stride = stride
    self.projects = projects
    self.beginsAsShortcut = beginsAsShortcut
  }

  /// Adds the block on `x` [in, height, width] → [channels, ⌈height / stride⌉, ⌈width / stride⌉].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    let a = Convolution2D(channels, kernel: 3, stride: stride, padding: 1, bias: false, name: "conv1")(x)
    let b = Convolution2D(channels, kernel: 3, padding: 1, bias: false, name: "conv2")(
      relu(BatchNorm(name: "bn1")(a)))
    let y = BatchNorm(beginsAtZero: beginsAsShortcut, name: "bn2")(b)
    guard projects else { return relu(y + x) }
    let shortcut = Sequential(Convolution2D(channels, kernel: 1, stride: stride, bias: false), BatchNorm())
    return relu(y + x.scoped("downsample") { shortcut($0) })
  }
}

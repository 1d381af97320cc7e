/// Two 3×3 convolutions beside a shortcut: y = relu(x + f(x)).
///
/// He et al. 2015, arXiv:1512.03385, figure 2; as built in Zhang et al., "Dive into Deep Learning", with biases and
/// without batch normalization on the shortcut.
public struct Residual: Layer {
  /// The number of output channels, ≥ 1.
  public var channels: Int
  /// The step of the first convolution and of the shortcut, ≥ 1.
  public var stride: Int
  /// Whether the shortcut is a 1×1 convolution, without batch normalization; otherwise it is `x` itself.
  public var projects: Bool
  /// Whether the last batch normalization's scale begins at 0, so that at first f(x) = 0.
  ///
  /// Goyal et al. 2017, arXiv:1706.02677, section 5.1.
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
    let y = Convolution2D(channels, kernel: 3, stride: stride, padding: 1, name: "conv1")(x)
    let z = relu(BatchNorm(name: "bn1")(y))
    let w = BatchNorm(beginsAtZero: beginsAsShortcut, name: "bn2")(
      Convolution2D(channels, kernel: 3, padding: 1, name: "conv2")(z))
    return relu(w + (projects ? Convolution2D(channels, kernel: 1, stride: stride, name: "conv3")(x) : x))
  }
}

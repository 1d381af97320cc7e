/// Convolutions that each see the channels of all before them.
///
/// Huang et al. 2016, arXiv:1608.06993, figure 1.
public struct DenseBlock: Layer {
  /// The number of convolutions, ≥ 1.
  public var convolutions: Int
  /// The channels that each adds, ≥ 1.
  public var growth: Int

  /// Makes a block.
  public init(convolutions: Int, growth: Int) {
    self.convolutions = convolutions
    self.growth = growth
  }

  /// Adds the block on `x` [in, height, width] → [in + convolutions · growth, height, width].
  public func callAsFunction(_ x: Symbol) -> Symbol {
    let part = Sequential(BatchNorm(), Activation.relu, Convolution2D(growth, kernel: 3, padding: 1))
    return x.scoped("net") { DenseConnection(Array(repeating: part, count: convolutions))($0) }
  }
}

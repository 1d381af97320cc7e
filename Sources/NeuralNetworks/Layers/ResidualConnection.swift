/// The sum of two ways from one value to the next: y = f(x) + s(x).
///
/// Parts are named as in the PyTorch module that has the two chains as `residual` and `shortcut`:
/// `residual.0.weight`, `shortcut.0.weight`. The sum has no activation: relu is a layer of its own behind it.
///
/// He et al. 2015, arXiv:1512.03385, equations 1 and 2.
public struct ResidualConnection: Layer {
  /// The layers f.
  public var residual: Sequential
  /// The layers s, such as a 1×1 convolution where f changes the shape; nil for x itself.
  public var shortcut: Sequential?

  /// Makes the connection.
  public init(_ residual: Sequential, shortcut: Sequential? = nil) {
    self.residual = residual
    self.shortcut = shortcut
  }

  /// Adds both ways on `x`, of any shape for which their results have one shape, and the sum of these.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    let y = x.scoped("residual") { residual($0) }
    guard let shortcut else { return y + x }
    return y + x.scoped("shortcut") { shortcut($0) }
  }
}

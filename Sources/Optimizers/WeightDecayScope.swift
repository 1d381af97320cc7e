public import NeuralNetworks

/// What weight decay applies to.
public enum WeightDecayScope: String, CaseIterable, Sendable {
  /// All parameters, as PyTorch does if nothing else is said.
  case all
  /// Weights only: neither biases nor the scales and shifts of batch normalization.
  ///
  /// Goyal et al. 2017 (arXiv:1706.02677, section 5.1) leave out the scales and shifts; biases are often left out with
  /// them.
  case weights

  /// Whether weight decay applies to a parameter.
  public func includes(_ parameter: Graph.Parameter) -> Bool {
    self == .all || parameter.role == .weight
  }
}

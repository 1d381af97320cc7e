import Mistakes

/// Leaves out features at random in training: y = m x / (1 − p), where m is 0 with probability p and 1 otherwise.
///
/// In an evaluation y = x. Each element of each sample is drawn for itself, as by PyTorch's `nn.Dropout`; what is drawn follows
/// from the seed, the step, the sample's place in the batch and the layer, and from nothing else.
///
/// Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: "Dropout: A Simple Way to Prevent Neural Networks from
/// Overfitting", JMLR 15 (2014), section 4; scaled in training instead of in evaluations (section 10).
public struct Dropout: Layer {
  /// The probability p that an element is left out, 0 ≤ p < 1.
  public var probability: Double
  /// The last part of the path in messages.
  public var name: String?

  /// Makes a layer that leaves out elements with a probability of 0 ≤ p < 1.
  public init(_ probability: Double = 0.5, name: String? = nil) {
    require(
      probability >= 0 && probability < 1, "given the probability \(probability), but 0 ≤ p < 1 needed")
    self.probability = probability
    self.name = name
  }

  /// Adds the layer on `x`, of any shape.
  public func callAsFunction(_ x: Symbol) -> Symbol {
    guard let shape = x.shape else { return x }
    return x.builder.add(.dropout(probability: probability), [x], shape: shape, name: name)
  }
}

public import NeuralNetworks
import Records

/// What training minimizes: the mean over the samples of a batch.
public struct Loss: Hashable, Sendable {
  /// The loss of a sample.
  public var kind: Graph.Loss

  /// The share ε of a sample's label that is spread evenly over all classes, at least 0 and less than 1; of softmax cross
  /// entropy only, and in training only: an evaluation gives the plain cross entropy.
  ///
  /// Szegedy et al. 2015, arXiv:1512.00567, section 7.
  public var labelSmoothing: Double

  /// What the samples of a class weigh in the mean over a batch; of softmax cross entropy only, and in training only.
  public var classWeights = ClassWeights.equal

  /// Makes a loss; by default softmax cross entropy without smoothing.
  public init(_ kind: Graph.Loss = .softmaxCrossEntropy, labelSmoothing: Double = 0) {
    self.kind = kind
    self.labelSmoothing = labelSmoothing
  }

  /// The name in configurations.
  package var name: String {
    switch kind {
    case .softmaxCrossEntropy: "cross_entropy"
    case .squared: "squared"
    case .binaryCrossEntropy: "binary_cross_entropy"
    }
  }

  /// The section `loss` of a configuration; balanced weights stand in the section `data`.
  var record: JSON {
    let weights = classWeights.values
    return .object(
      (weights.isEmpty ? [] : [("class_weights", .list(weights.map(JSON.number)))]) + [
        ("label_smoothing", .number(labelSmoothing)), ("name", .text(name)),
      ])
  }
}

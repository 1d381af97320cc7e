package import Datasets

/// What the samples of a class weigh in the mean over a batch: the loss is Σ w ℓ / Σ w over its samples, as that of PyTorch's
/// `CrossEntropyLoss(weight=…)`.
public enum ClassWeights: Hashable, Sendable {
  /// All samples weigh the same.
  case equal
  /// A class weighs n / (k · its samples), for n training samples of k classes that occur: each class counts the same, as
  /// with scikit-learn's `class_weight="balanced"`. A class that does not occur weighs as much as one of a single sample.
  case balanced
  /// By output of the model, the weight > 0 of its class.
  case values([Double])

  /// The weights by class; none where all weigh the same, or where they are not known yet.
  package var values: [Double] {
    if case .values(let values) = self { values } else { [] }
  }

  /// The key of a configuration that says them.
  var key: String { self == .balanced ? "data.weights" : "loss.class_weights" }

  /// The weights by class, for training on a source.
  ///
  /// - Parameters:
  ///   - source: the training samples, of classes where the weights are to be balanced.
  ///   - outputs: the number of the model's outputs.
  package func resolved(by source: any SampleSource, outputs: Int) -> ClassWeights {
    guard self == .balanced, case .classes = source.target else { return self }
    var counts = [Int](repeating: 0, count: outputs)
    for sample in 0..<source.count { counts[Int(source.label(of: sample))] += 1 }
    let classCount = counts.count { $0 > 0 }
    return .values(counts.map { Double(source.count) / Double(classCount * max($0, 1)) })
  }
}

/// An objective that is a mean over samples, plus perhaps a term without samples.
public protocol FiniteSum: Objective {
  /// The number of samples, ≥ 1.
  var sampleCount: Int { get }

  /// The gradient of the mean over some samples, plus that of the term without samples: n elements.
  ///
  /// - Parameters:
  ///   - x: n elements.
  ///   - samples: indices in 0 ..< ``sampleCount``, at least one, in the order of their sum.
  func gradient(at x: [Double], samples: [Int]) throws -> [Double]
}

/// The user's mistake in an objective or a method; its description is one line.
public enum MinimizationError: Error, Hashable, Sendable {
  /// A data set has no samples.
  case noSamples
  /// There are not as many features as samples · features of a sample.
  case featureCountMismatch(found: Int, samples: Int, features: Int)
  /// A feature is infinite or not a number; counted from 0.
  case featureNotFinite(sample: Int, feature: Int, value: Double)
  /// A target is infinite or not a number; counted from 0.
  case targetNotFinite(sample: Int, value: Double)
  /// A target is not a class; samples and classes are counted from 0.
  case notAClass(sample: Int, target: Double, classes: Int)
  /// A classification needs two classes.
  case tooFewClasses(Int)
  /// The start has another number of elements than the objective has variables.
  case wrongDimension(found: Int, expected: Int)
  /// An element of the start is infinite or not a number.
  case startNotFinite(index: Int, value: Double)
  /// The method needs an objective that knows its Hessian.
  case noHessian(method: String)
  /// The method needs an objective that is a mean over samples.
  case noFiniteSum(method: String)
}

extension MinimizationError: CustomStringConvertible {
  /// One line: what was given and what would be right.
  public var description: String {
    switch self {
    case .noSamples:
      "the data have no samples; at least 1 is needed"
    case .featureCountMismatch(let found, let samples, let features):
      "\(found) features given, but \(samples) samples of \(features) features have \(samples * features)"
    case .featureNotFinite(let sample, let feature, let value):
      "feature \(feature) of sample \(sample) is \(value); all features must be finite"
    case .targetNotFinite(let sample, let value):
      "the target of sample \(sample) is \(value); all targets must be finite"
    case .notAClass(let sample, let target, let classes):
      "the target of sample \(sample) is \(target); the classes are the whole numbers 0 to \(classes - 1)"
    case .tooFewClasses(let classes):
      "a classification into \(classes) classes has nothing to learn; at least 2 are needed"
    case .wrongDimension(let found, let expected):
      "the start has \(found) elements, but the objective has \(expected) variables"
    case .startNotFinite(let index, let value):
      "element \(index) of the start is \(value); all must be finite"
    case .noHessian(let method):
      "\(method) needs an objective that knows its Hessian; this one does not"
    case .noFiniteSum(let method):
      "\(method) needs an objective that is a mean over samples; this one is not"
    }
  }
}

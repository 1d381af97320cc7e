import Foundation

extension EndlessDescent: CustomStringConvertible {
  /// One line; features are told by their numbers, from 1.
  public var description: String { description(featureName: { "feature \($0 + 1)" }) }

  /// One line.
  ///
  /// - Parameters:
  ///   - featureName: what the feature of an index is called.
  ///   - featureValue: what a value of this feature is in the units in which it is told.
  public func description(
    featureName: (Int) -> String, featureValue: (Int, Double) -> Double = { $1 }
  ) -> String {
    switch kind {
    case .curvature: "its value falls for ever along \(shown), where its curvature is not positive"
    case .missingClass(let index):
      "class \(index) has no samples, so that the loss falls for ever as its bias does; leave the class out"
    case .column(let feature, let threshold, let isComplete):
      "\(featureName(feature)) alone separates the classes at \(digits(featureValue(feature, threshold)))"
        + (isComplete ? "" : ", where samples of both lie")
        + ", so that the loss falls for ever as its weight grows; "
        + Self.remedy
    case .combination(let isComplete):
      (isComplete
        ? "a plane separates the classes" : "a plane separates the classes but for samples that lie on it")
        + ", so that the loss falls for ever along the variables \(shown); " + Self.remedy
    }
  }

  private static let remedy = "objective.penalty above 0 gives it a minimum"

  private var shown: String {
    let first = direction.prefix(8).map(digits) + (direction.count > 8 ? ["…"] : [])
    return "[\(first.joined(separator: ", "))]"
  }

  private func digits(_ number: Double) -> String { String(format: "%.4g", number) }
}

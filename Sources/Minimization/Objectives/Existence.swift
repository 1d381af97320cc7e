/// Whether an objective has a minimum at all.
public enum Existence: Hashable, Sendable {
  /// It has one.
  case minimum
  /// It has none: somewhere its value falls for ever.
  case endless(EndlessDescent)
  /// Nobody has found out.
  case unknown
}

/// An objective that knows more than its values tell about whether it has a minimum.
public protocol ExistenceKnowingObjective: Objective {
  /// Whether there is a minimum.
  ///
  /// Over the data of several ranks every rank gets the same answer, and none needs the others for it.
  ///
  /// - Parameter x: where a minimization has ended, n elements, from which the answer is quicker to be found.
  func existence(near x: [Double]) throws -> Existence
}

/// A direction along which a value falls for ever.
public struct EndlessDescent: Hashable, Sendable {
  /// What the direction is about.
  public enum Kind: Hashable, Sendable {
    /// The curvature of a quadratic function is not positive along it.
    case curvature
    /// A class has no samples, so that its probability falls to 0 with its bias.
    case missingClass(Int)
    /// A feature alone tells a class from the others: none of these has a larger value, or none a smaller one.
    ///
    /// - Parameters:
    ///   - feature: its index.
    ///   - threshold: the value that parts them.
    ///   - isComplete: whether no sample lies at that value itself.
    case column(feature: Int, threshold: Double, isComplete: Bool)
    /// A combination of features parts classes; `isComplete` says whether no sample lies between them.
    case combination(isComplete: Bool)
  }

  /// What the direction is about.
  public var kind: Kind
  /// The direction, n elements, the largest of which has the magnitude 1.
  public var direction: [Double]

  /// Makes a direction; it is brought to its length.
  public init(_ kind: Kind, direction: [Double]) {
    let largest = direction.reduce(0) { max($0, abs($1)) }
    self.kind = kind
    // What rounding has left of a zero is none.
    self.direction = direction.map { abs($0) > 1e-12 * largest ? $0 / largest : 0 }
  }
}

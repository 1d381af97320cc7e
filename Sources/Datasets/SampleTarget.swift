/// What a model is to answer for a sample.
public enum SampleTarget: Hashable, Sendable {
  /// One of so many classes, at least 1; labels are 0 ..< this number.
  case classes(Int)
  /// So many numbers, at least 1: the values of a regression, or a 0 or 1 for each of several attributes.
  case values(Int)

  /// The number of floats that `SampleSource.writeTargets(of:into:)` writes: one a class or one a value.
  public var count: Int {
    switch self {
    case .classes(let count), .values(let count): count
    }
  }
}

extension SampleTarget: CustomStringConvertible {
  /// The number and its kind: "10 classes" or "1 value".
  public var description: String {
    switch self {
    case .classes(let count): counted(count, "class", "classes")
    case .values(let count): counted(count, "value")
    }
  }
}

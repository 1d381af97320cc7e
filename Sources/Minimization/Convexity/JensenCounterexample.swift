/// A segment on which a function lies above its chord: f(λx + (1 − λ)y) > λf(x) + (1 − λ)f(y).
public struct JensenCounterexample: Hashable, Sendable {
  /// One end of the segment, x.
  public var x: [Double]
  /// The other end, y.
  public var y: [Double]
  /// The weight λ of the first end, 0 to 1.
  public var weight: Double
  /// The left side: the function between the ends, f(λx + (1 − λ)y).
  public var value: Double
  /// The right side: the chord between the ends, λf(x) + (1 − λ)f(y).
  public var chord: Double

  /// How far the function lies above its chord.
  public var excess: Double { value - chord }
}

extension JensenCounterexample: CustomStringConvertible {
  /// One line: the segment and both sides.
  public var description: String {
    "not convex: between x = \(x) and y = \(y), at λ = \(weight), f(λx + (1 − λ)y) = \(value)"
      + " > λf(x) + (1 − λ)f(y) = \(chord)"
  }
}

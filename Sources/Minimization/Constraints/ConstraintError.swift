/// The user's mistake in a constraint, or a set without points; its description is one line.
public enum ConstraintError: Error, Equatable, Sendable {
  /// A number that describes a set is infinite or not a number.
  case notFinite(what: String, value: Double)
  /// The radius of a ball is negative.
  case negativeRadius(Double)
  /// A lower bound is above the upper one, or one of them is no number; variables count from 0.
  case emptyBox(index: Int, lower: Double, upper: Double)
  /// The normal of a half-space has length zero.
  case zeroNormal
  /// The coordinates of a simplex must add up to a positive number.
  case simplexSumNotPositive(Double)
  /// Two parts of a description differ in length.
  case countMismatch(what: String, found: Int, expected: Int)
  /// The equations A x = b contradict each other; `residual` is how far one of them, divided by its largest coefficient,
  /// is off at the best x.
  case inconsistentEquations(residual: Double)
  /// The sets have no point in common; `gap` is how far a nearly common point is from one of them.
  case infeasible(gap: Double)
  /// The projections went on to change by this much when the allowed number of cycles was over.
  case projectionNotConverged(cycles: Int, change: Double)
}

extension ConstraintError: CustomStringConvertible {
  /// One line: what was given and what would be right.
  public var description: String {
    switch self {
    case .notFinite(let what, let value):
      "\(what) holds \(value); all its numbers must be finite"
    case .negativeRadius(let radius):
      "the radius of the ball is \(radius); it must be at least 0"
    case .emptyBox(let index, let lower, let upper):
      "the box is empty: variable \(index) lies between \(lower) and \(upper); a lower bound must not exceed the upper"
    case .zeroNormal:
      "the normal of the half-space is zero; at least one of its elements must not be"
    case .simplexSumNotPositive(let sum):
      "the coordinates of the simplex add up to \(sum); their sum must be positive"
    case .countMismatch(let what, let found, let expected):
      "\(what) has \(found) elements; \(expected) are needed"
    case .inconsistentEquations(let residual):
      "infeasible: the linear equations contradict each other, one is off by \(residual) at the best point"
    case .infeasible(let gap):
      "infeasible: the sets have no common point, they stay \(gap) apart"
    case .projectionNotConverged(let cycles, let change):
      "the projections on the sets still change by \(change) after \(cycles) cycles; they have hardly a common point, or none"
    }
  }

  /// Throws unless all numbers of a set's description are finite.
  static func requireFinite(_ values: [Double], _ what: String) throws(ConstraintError) {
    if let value = values.first(where: { !$0.isFinite }) { throw .notFinite(what: what, value: value) }
  }

  /// Throws unless a part of a set's description has the expected length.
  static func requireCount(_ found: Int, _ expected: Int, _ what: String) throws(ConstraintError) {
    guard found == expected else { throw .countMismatch(what: what, found: found, expected: expected) }
  }
}

/// A mistake in a formula; its description is one line.
public struct FormulaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The place of the mistake, in characters from 1; nil for the formula as a whole.
  public var position: Int?
  /// What is wrong, and what would be right.
  public var problem: String

  /// One line.
  public var description: String {
    position.map { "at character \($0): \(problem)" } ?? problem
  }
}

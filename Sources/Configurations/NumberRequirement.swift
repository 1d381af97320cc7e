/// What a number in a configuration must satisfy, with the words for it.
///
/// A number that is computed with in single precision must satisfy it there, too: 0.99999999 is less than 1, but as
/// float32 it is 1.
public struct NumberRequirement: CustomStringConvertible, Sendable {
  /// What is expected, as an error message says it: "a number greater than 0".
  public let description: String
  /// Whether a finite number will do.
  public let admits: @Sendable (Double) -> Bool
  /// Whether a finite number will do once it was rounded to single precision.
  private let admitsRounded: @Sendable (Float) -> Bool

  /// Makes a requirement.
  ///
  /// - Parameters:
  ///   - description: what is expected, as an error message says it.
  ///   - admits: whether a finite number will do.
  public init(description: String, admits: @escaping @Sendable (Double) -> Bool) {
    self.init(description: description, admits: admits, admitsRounded: { admits(Double($0)) })
  }

  private init(
    description: String, admits: @escaping @Sendable (Double) -> Bool,
    admitsRounded: @escaping @Sendable (Float) -> Bool
  ) {
    self.description = description
    self.admits = admits
    self.admitsRounded = admitsRounded
  }

  /// The precision that a number is computed with.
  package enum Precision: Sendable {
    case single, double
  }

  /// What is expected instead of a number; nil if the number will do.
  package func expected(insteadOf value: Double, in precision: Precision) -> String? {
    guard value.isFinite else { return "a finite number" }
    guard admits(value) else { return description }
    guard precision == .single else { return nil }
    let rounded = Float(value)
    guard rounded.isFinite, value == 0 || rounded != 0 else { return "a number in the range of float32" }
    return admitsRounded(rounded) ? nil : "\(description), also as float32, where it is \(rounded)"
  }

  /// Any finite number.
  public static var any: Self { .init(description: "a number") { _ in true } }
  /// Greater than 0.
  public static var positive: Self { .init(description: "a number greater than 0") { $0 > 0 } }
  /// At least 0.
  public static var notNegative: Self { .init(description: "a number of at least 0") { $0 >= 0 } }
  /// At least 0 and less than 1.
  public static var fraction: Self {
    .init(description: "a number of at least 0 and less than 1") { $0 >= 0 && $0 < 1 }
  }
  /// Greater than 0 and at most 1.
  public static var factor: Self {
    .init(description: "a number greater than 0 and at most 1") { $0 > 0 && $0 <= 1 }
  }

  /// From zero to the value of another key.
  public static func upTo(_ limit: Double, _ name: String) -> Self {
    // The limit is rounded as the number is.
    .init(
      description: "a number from 0 to \(name) (\(limit))", admits: { $0 >= 0 && $0 <= limit },
      admitsRounded: { $0 >= 0 && $0 <= Float(limit) })
  }
}

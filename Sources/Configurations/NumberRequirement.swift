/// What a number in a configuration must satisfy, with the words for it.
public struct NumberRequirement: CustomStringConvertible, Sendable {
  /// What is expected, as an error message says it: "a number greater than 0".
  public let description: String
  /// Whether a finite number will do.
  public let admits: @Sendable (Double) -> Bool

  /// Makes a requirement.
  ///
  /// - Parameters:
  ///   - description: what is expected, as an error message says it.
  ///   - admits: whether a finite number will do.
  public init(description: String, admits: @escaping @Sendable (Double) -> Bool) {
    self.description = description
    self.admits = admits
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
    .init(description: "a number from 0 to \(name) (\(limit))") { $0 >= 0 && $0 <= limit }
  }
}

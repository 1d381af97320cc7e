/// What a number in a configuration must satisfy, with the words for it.
package struct NumberRequirement: CustomStringConvertible {
  package let description: String
  package let admits: (Double) -> Bool

  package static var any: Self { .init(description: "a number") { _ in true } }
  package static var positive: Self { .init(description: "a number greater than 0") { $0 > 0 } }
  package static var notNegative: Self { .init(description: "a number of at least 0") { $0 >= 0 } }
  package static var fraction: Self {
    .init(description: "a number of at least 0 and less than 1") { $0 >= 0 && $0 < 1 }
  }
  package static var factor: Self {
    .init(description: "a number greater than 0 and at most 1") { $0 > 0 && $0 <= 1 }
  }

  /// From zero to the value of another key.
  package static func upTo(_ limit: Double, _ name: String) -> Self {
    .init(description: "a number from 0 to \(name) (\(limit))") { $0 >= 0 && $0 <= limit }
  }
}

public import Mistakes

/// What is wrong with a configuration, in one line for the user.
///
/// The description names the place, the key and the trouble:
///
///     configs/lenet-glyphs.yaml:7: optimizer.lerning_rate: unknown key; did you mean "learning_rate"?
public struct ConfigurationError: UserError, Equatable {
  /// Where it was found: `file:line`, `file`, or `--set KEY=VALUE`.
  public let place: String

  /// The dotted key, such as `optimizer.learning_rate`; nil if the file as a whole is wrong.
  public let key: String?

  /// What was found, and what would be right.
  public package(set) var problem: String

  package init(_ place: ConfigurationPlace, key: String? = nil, _ problem: String) {
    self.place = place.description
    self.key = key
    self.problem = problem
  }

  /// The place, the key and the problem in one line.
  public var description: String {
    let line = [place, key, problem].compactMap(\.self).joined(separator: ": ")
    // What the user wrote is quoted in the message, and may contain line ends and worse.
    return String(
      String.UnicodeScalarView(
        line.unicodeScalars.flatMap { scalar in
          [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            ? Array(scalar.escaped(asASCII: true).unicodeScalars) : [scalar]
        }))
  }
}
